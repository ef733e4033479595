import type * as TwilioSdk from 'twilio';

/** Takes 300 ms to load: only for those who call. */
// eslint-disable-next-line @typescript-eslint/no-require-imports
export const twilioSdk = (): typeof TwilioSdk => require('twilio') as typeof TwilioSdk;
