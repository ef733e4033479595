import { ProviderAnswer } from '../provider-answer';

export const twilioError = (status: number, code: number, message: string, headers: Record<string, string> = {}): ProviderAnswer =>
  new ProviderAnswer(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, headers);

/** For what no route has a code of Twilio's: by the status, as 20404. */
export const twilioErrorOf = (status: number, message: string): ProviderAnswer => twilioError(status, 20_000 + status, message);
