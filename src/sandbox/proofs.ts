import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Whether two secrets are the same, in a time that tells nothing. */
export const isSame = (given: string, right: string): boolean => timingSafeEqual(digest(given), digest(right));

export const isBearer = (header: string | undefined, token: string): boolean => isSame(header ?? '', `Bearer ${token}`);

export const isBasic = (header: string | undefined, user: string, password: string): boolean =>
  isSame(header ?? '', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);

/** Makes a url work without credentials: it says who may do what, and only the sandbox can have made it. */
export const passFor = (secret: string, purpose: string): string => createHmac('sha256', secret).update(purpose).digest('hex').slice(0, 32);

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
