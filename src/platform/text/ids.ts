import { randomBytes } from 'node:crypto';

/** Whether a value is an id of ours: an integer from 1 to 2^53-1, the range that JSON and PostgreSQL's bigint share. */
export const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const TIME_DIGITS = 9; // of base 36: enough milliseconds until the year 5188
const RANDOM_DIGITS = 16;

/** `op_` + time + randomness: unique, and sorted by the time it was made. */
export function sortableId(prefix: string): string {
  const random = [...randomBytes(RANDOM_DIGITS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return `${prefix}_${Date.now().toString(36).padStart(TIME_DIGITS, '0')}${random}`;
}
