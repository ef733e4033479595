/** Reads JSON of which nothing is certain: what is not as expected is as if it were not there. */
export type LooseObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is LooseObject => typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectOf = (value: unknown): LooseObject => (isObject(value) ? value : {});

export const objectsOf = (value: unknown): LooseObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Also a number that comes as text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** ISO 8601, from any text that names an instant, or from ms since 1970. */
export function instantOf(value: unknown): string | undefined {
  const date = new Date(typeof value === 'string' || typeof value === 'number' ? value : NaN);
  // Years of five digits are no ISO 8601 that PostgreSQL reads.
  return date.getTime() >= 0 && date.getUTCFullYear() <= 9999 ? date.toISOString() : undefined;
}

/** Seconds between two instants, where both are known and in order. */
export function secondsBetween(start: string | undefined, end: string | undefined): number | undefined {
  const seconds = start !== undefined && end !== undefined ? (Date.parse(end) - Date.parse(start)) / 1000 : NaN;
  return seconds >= 0 ? seconds : undefined;
}
