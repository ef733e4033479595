import { randomBytes } from 'node:crypto';
import { ProviderAnswer } from '../provider-answer';

/** Of the codes that answers have here: the HTTP status and the title that go with them. */
const CODES: Readonly<Record<number, { status: number; title: string }>> = {
  100: { status: 400, title: 'Invalid parameter' },
  190: { status: 401, title: 'Invalid OAuth access token - Cannot parse access token' },
  130429: { status: 400, title: 'Rate limit hit' },
  131000: { status: 500, title: 'Something went wrong' },
  131008: { status: 400, title: 'Required parameter is missing' },
  131009: { status: 400, title: 'Parameter value is not valid' },
  131031: { status: 403, title: 'Business Account locked' },
  131042: { status: 400, title: 'Business eligibility payment issue' },
  131048: { status: 400, title: 'Spam Rate limit hit' },
  131051: { status: 400, title: 'Unsupported message type' },
  131053: { status: 400, title: 'Media upload error' },
  131056: { status: 429, title: '(Business Account, Consumer Account) pair rate limit hit' },
  132000: { status: 400, title: 'Number of parameters does not match the expected number of params' },
  132001: { status: 404, title: 'Template name does not exist in the translation' },
  132007: { status: 400, title: 'Template content violates a WhatsApp policy' },
  132015: { status: 400, title: 'Template is paused due to low quality' },
};

/** An error as the Graph API words it. */
export function whatsappError(code: number, details: string, headers: Record<string, string> = {}): ProviderAnswer {
  const { status, title } = CODES[code] ?? { status: 400, title: 'Invalid parameter' };
  const error = { message: `(#${code}) ${title}`, type: 'OAuthException', code, error_data: { messaging_product: 'whatsapp', details }, fbtrace_id: randomBytes(9).toString('base64url') };
  return new ProviderAnswer(status, { error }, headers);
}

export const whatsappErrorOf = (status: number, message: string): ProviderAnswer =>
  new ProviderAnswer(status, { error: { message: `(#100) ${message}`, type: 'GraphMethodException', code: 100, fbtrace_id: randomBytes(9).toString('base64url') } });

/** Of errors that come by webhook. */
export const TITLES: Readonly<Record<number, string>> = {
  130472: "User's number is part of an experiment",
  131000: 'Something went wrong',
  131026: 'Message undeliverable',
  131047: 'Re-engagement message',
  131049: 'This message was not delivered to maintain healthy ecosystem engagement.',
  131050: 'User has stopped receipt of marketing messages from your business',
  131051: 'Message type unknown',
  131053: 'Media upload error',
};
