import { isId } from '../../platform/text/ids';
import { parseInstant } from '../../platform/text/instants';
import { findUnstorable, isStorable } from '../../platform/text/unstorable';
import type { ItemLog } from './bulk-report';

export type Json = Record<string, unknown>;

export const NOT_TEXT = 'contains NUL or half of a surrogate pair, which is no text';
const MAX_CLIENT_REF = 128;

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An item is read field by field; what is wrong goes to its log under the field's path, and what is right is given back. */
export function objectOf(sent: unknown, path: string, log: ItemLog): Json | undefined {
  if (isObject(sent)) return sent;
  log.error(path, 'INVALID_TYPE', 'must be an object');
  return undefined;
}

export function warnUnknown(item: Json, known: ReadonlySet<string>, prefix: string, log: ItemLog): void {
  for (const key in item) if (!known.has(key)) log.warn(`${prefix}${key}`, 'UNKNOWN_FIELD', 'is unknown here and was ignored');
}

/** @returns undefined where it is absent or wrong, null where null was sent */
export function idOf(item: Json, key: string, prefix: string, log: ItemLog): number | null | undefined {
  const value = item[key];
  if (value === undefined || value === null) return value;
  if (isId(value)) return value;
  log.error(`${prefix}${key}`, 'INVALID_TYPE', 'must be an id: a whole number above 0');
  return undefined;
}

/** @returns undefined where it is absent or wrong, null where null was sent */
export function instantOf(item: Json, key: string, log: ItemLog): Date | null | undefined {
  const value = item[key];
  if (value === undefined || value === null) return value;
  const instant = parseInstant(value);
  if (!instant) log.error(key, 'INVALID_DATE', 'must be a date in ISO 8601, as 2026-03-26T15:43:16Z');
  return instant;
}

/** Blank is null. */
export function textOf(item: Json, key: string, prefix: string, max: number, log: ItemLog): string | null {
  return textAsSent(item[key], `${prefix}${key}`, max, log)?.trim() || null;
}

/** What a caller calls the item: given back as it was sent. */
export const clientRefOf = (item: Json, log: ItemLog): string | undefined => textAsSent(item.clientRef, 'clientRef', MAX_CLIENT_REF, log);

function textAsSent(value: unknown, path: string, max: number, log: ItemLog): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') log.error(path, 'INVALID_TYPE', 'must be text');
  else if (value.length > max) log.error(path, 'VALUE_TOO_LONG', `must have at most ${max} characters`);
  else if (!isStorable(value)) log.error(path, 'INVALID_VALUE', NOT_TEXT);
  else return value;
  return undefined;
}

/** An object of any JSON. @returns undefined where it is absent, null or wrong */
export function jsonOf(item: Json, key: string, log: ItemLog): Json | undefined {
  const value = item[key];
  const object = value === undefined || value === null ? undefined : objectOf(value, key, log);
  const unstorable = object && findUnstorable(object, key);
  if (unstorable === undefined) return object;
  log.error(unstorable, 'INVALID_VALUE', NOT_TEXT);
  return undefined;
}
