const MEGABYTE = 1_000_000;

/** The most bytes that a file may have, by the first kind that its type is of: what WhatsApp takes, rounded down. */
const LIMITS: readonly [RegExp, number][] = [
  [/^image\/webp$/, 0.5 * MEGABYTE],
  [/^image\//, 5 * MEGABYTE],
  [/^(audio|video)\//, 16 * MEGABYTE],
];

export const limitOf = (contentType: string): number => LIMITS.find(([kind]) => kind.test(contentType))?.[1] ?? 100 * MEGABYTE;
