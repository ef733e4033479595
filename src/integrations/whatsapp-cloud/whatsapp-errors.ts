import type { MessageError } from '../../modules/messages';

/** What an error means for whoever sends: see MessageProvider. */
export type ErrorKind = 'pair' | 'number' | 'outage' | 'media-gone' | 'account' | 'refused';

/** WhatsApp's errors by code, of those that mean something of their own (its error page of May 2026): all others are refusals. */
const CODES: Readonly<Record<number, { kind: ErrorKind; title: string }>> = {
  0: { kind: 'account', title: 'Unable to authenticate the app user' },
  1: { kind: 'outage', title: 'API unknown' },
  2: { kind: 'outage', title: 'API service' },
  3: { kind: 'account', title: 'API method' },
  4: { kind: 'number', title: 'API too many calls' },
  10: { kind: 'account', title: 'Permission denied' },
  100: { kind: 'refused', title: 'Invalid parameter' },
  190: { kind: 'account', title: 'Access token has expired' },
  368: { kind: 'account', title: 'Temporarily blocked for policies violations' },
  80007: { kind: 'number', title: 'Rate limit issues' },
  130429: { kind: 'number', title: 'Rate limit hit' },
  130472: { kind: 'refused', title: "User's number is part of an experiment" },
  130497: { kind: 'account', title: 'Business account is restricted from messaging users in this country' },
  131000: { kind: 'outage', title: 'Something went wrong' },
  131005: { kind: 'account', title: 'Access denied' },
  131008: { kind: 'refused', title: 'Required parameter is missing' },
  131009: { kind: 'refused', title: 'Parameter value is not valid' },
  131016: { kind: 'outage', title: 'Service unavailable' },
  131026: { kind: 'refused', title: 'Message undeliverable' },
  131030: { kind: 'refused', title: 'Recipient phone number not in allowed list' },
  131031: { kind: 'account', title: 'Account has been locked' },
  131042: { kind: 'account', title: 'Business eligibility payment issue' },
  131045: { kind: 'account', title: 'Incorrect certificate' },
  131047: { kind: 'refused', title: 'Re-engagement message' },
  131048: { kind: 'account', title: 'Spam rate limit hit' },
  131049: { kind: 'refused', title: 'Meta chose not to deliver' },
  131050: { kind: 'refused', title: 'User has stopped receipt of marketing messages' },
  131051: { kind: 'refused', title: 'Unsupported message type' },
  131052: { kind: 'refused', title: 'Media download error' },
  131053: { kind: 'refused', title: 'Media upload error' },
  131056: { kind: 'pair', title: 'Pair rate limit hit' },
  132000: { kind: 'refused', title: 'Template param count mismatch' },
  132001: { kind: 'refused', title: 'Template does not exist' },
  132005: { kind: 'refused', title: 'Template hydrated text too long' },
  132007: { kind: 'refused', title: 'Template format character policy violated' },
  132012: { kind: 'refused', title: 'Template parameter format mismatch' },
  132015: { kind: 'refused', title: 'Template is paused' },
  132016: { kind: 'refused', title: 'Template is disabled' },
  133010: { kind: 'account', title: 'Phone number not registered' },
};

const HREF = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';
const PERMISSIONS = { from: 200, to: 299 };

export function kindOf(code: number): ErrorKind {
  if (code >= PERMISSIONS.from && code <= PERMISSIONS.to) return 'account';
  return CODES[code]?.kind ?? 'refused';
}

/** WhatsApp's own words, which build upon each other: message, and in error_data what is meant by it. */
export function messageErrorOf({ code, title, message, details, href }: { code: number; title?: string; message?: string; details?: string; href?: string }): MessageError {
  return {
    code,
    title: title ?? CODES[code]?.title ?? message ?? 'Unknown error',
    message: details ?? message ?? title ?? CODES[code]?.title ?? 'WhatsApp gives no reason',
    href: href ?? HREF,
    provider: 'whatsapp',
  };
}
