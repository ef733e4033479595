import { createHmac } from 'node:crypto';
import { isSame } from '../same-secret';

const MAX_AGE_MS = 5 * 60_000;
/** Seconds since 1970 stay below it for centuries; ms have long been above. */
const MILLISECONDS_FROM = 1e11;

export interface SignedRequest {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  rawBody: Buffer;
}

/** Whether a webhook comes from Vapi: it carries the secret itself in X-Vapi-Secret, or an HMAC-SHA256 of `<x-timestamp>.<body>` in x-signature. */
export function isFromVapi({ headers, rawBody }: SignedRequest, secret: string): boolean {
  const { 'x-vapi-secret': sent, 'x-signature': signature, 'x-timestamp': timestamp } = headers;
  if (typeof sent === 'string') return isSame(sent, secret);
  if (typeof signature !== 'string' || typeof timestamp !== 'string' || !isRecent(Number(timestamp))) return false;
  const digest = createHmac('sha256', secret).update(`${timestamp}.`).update(rawBody).digest();
  const shown = signature.replace(/^sha256=/, '');
  return isSame(shown.toLowerCase(), digest.toString('hex')) || isSame(shown, digest.toString('base64'));
}

const isRecent = (timestamp: number): boolean => Math.abs(Date.now() - (timestamp < MILLISECONDS_FROM ? timestamp * 1000 : timestamp)) <= MAX_AGE_MS;
