import { createHmac } from 'node:crypto';
import { isSame } from '../same-secret';

/** X-Hub-Signature-256: `sha256=<HMAC-SHA256 of the body, with the app's secret, in hex>`. Over the bytes as they came: Meta escapes what JSON need not. */
export function isSigned(rawBody: Buffer, header: string | string[] | undefined, appSecret: string): boolean {
  if (appSecret === '' || typeof header !== 'string') return false;
  const right = `sha256=${createHmac('sha256', appSecret).update(rawBody).digest('hex')}`;
  return isSame(header.toLowerCase(), right);
}
