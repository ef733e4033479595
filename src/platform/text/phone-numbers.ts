import parsePhoneNumber, { type CountryCode } from 'libphonenumber-js/min';

/** What people put around a number and never mean: spaces of every kind, dots, dashes, brackets, a tel: before it. */
const DECORATION = /^tel:|[\s\u00a0\u200e\u200f\u202a-\u202e().\-‐-―/]/gi;
const MAX_LENGTH = 64;

/**
 * A phone number as E.164, or undefined where it is none. A number without a country code is one of `country`
 * (ISO 3166-1 alpha-2). A Mexican mobile's old 521 is the 52 of today.
 */
export function normalisePhone(text: string, country: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const bare = text.trim().replace(DECORATION, '');
  // Letters are refused here: the library would read 555-CALL-NOW as the digits of a telephone's keys.
  if (!/^\+?\d{5,17}$/.test(bare)) return undefined;
  const mexican = /^\+?521(\d{10})$/.exec(bare);
  if (mexican) return valid(`+52${mexican[1]}`, country);
  return valid(bare, country);
}

function valid(text: string, country: string): string | undefined {
  const number = parsePhoneNumber(text, country as CountryCode);
  return number?.isValid() ? number.number : undefined;
}
