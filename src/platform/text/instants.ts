const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * A date and time, or a date, in ISO 8601, as UTC where it names no zone. Undefined for anything else, and for days
 * that no calendar has, which Date.parse would roll over.
 */
export function parseInstant(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const match = ISO.exec(value);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const local = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  if (Number.isNaN(local.getTime()) || local.getUTCDate() !== Number(day) || year === '0000') return undefined;
  if (zone === 'Z') return local;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 15 || minutes > 59) return undefined;
  const offset = (hours * 60 + minutes) * 60_000;
  const utc = new Date(local.getTime() + (zone.startsWith('-') ? offset : -offset));
  // A zone can carry the first and the last day beyond the years that ISO 8601 writes with four digits.
  return utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999 ? undefined : utc;
}
