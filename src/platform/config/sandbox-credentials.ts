import type { Config } from './config';
import type { Secrets } from './secrets';

const hexOf = (secrets: Secrets, purpose: string): string => secrets.keyFor(`sandbox ${purpose}`).toString('hex');

/**
 * The credentials with which the product logs in at its own sandbox: derived, so that every process knows them and nobody
 * outside does. Paths of the sandbox: <internal url>/sandbox/{vapi,twilio,elemente,whatsapp}.
 */
export const sandboxCredentials = (secrets: Secrets, { WHATSAPP_ACCESS_TOKEN: token, WHATSAPP_APP_SECRET: secret, WHATSAPP_VERIFY_TOKEN: word }: Partial<Config> = {}) => ({
  vapi: { apiKey: hexOf(secrets, 'vapi') },
  twilio: { accountSid: `AC${hexOf(secrets, 'twilio account').slice(0, 32)}`, authToken: hexOf(secrets, 'twilio token').slice(0, 32) },
  elemente: { username: 'sandbox', password: hexOf(secrets, 'elemente') },
  whatsapp: {
    accessToken: hexOf(secrets, 'whatsapp token'),
    // Those of the environment, where it names no account besides: then whoever has them can play WhatsApp, too.
    appSecret: (token ? undefined : secret) ?? hexOf(secrets, 'whatsapp secret'),
    verifyToken: (token ? undefined : word) ?? hexOf(secrets, 'whatsapp word'),
  },
});
