import parsePhoneNumber from 'libphonenumber-js/min';

/**
 * Whom and what a stored text is about, as keys that an index holds: `contact:7`, `call:12`, `message:msg_…` by our ids,
 * `id:3:…` by an id that the provider of connection 3 has given, `tel:5215512345678` and `mail:ana@example.com` by what stands
 * in it. Only what nobody can mistake is a key: whole emails, and numbers of ten digits and more. `12345` is nobody's.
 */
export type SubjectKey = string;

export const REFERENCES = ['contact', 'call', 'message', 'conversation', 'file'] as const;
export type Reference = (typeof REFERENCES)[number];

export const subjectKey = (reference: Reference, id: number | string): SubjectKey => `${reference}:${id}`;
/** The id in a key of that kind. */
export const idOf = (reference: Reference, key: SubjectKey): string | undefined => (key.startsWith(`${reference}:`) ? key.slice(reference.length + 1) : undefined);
export const providerKey = (connectionId: number, providerId: string): SubjectKey => `id:${connectionId}:${providerId}`;
export const isProviderKey = (key: SubjectKey): boolean => key.startsWith('id:');
export const providerIdOf = (key: SubjectKey): string | undefined => /^id:\d+:(.*)$/s.exec(key)?.[1];

// Both begin where a word does, so that no long text is read again from each of its letters.
const EMAIL = /(?<![\p{L}\d._%+-])[\p{L}\d._%+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu;
/** Groups of digits, with what people put between them. */
const GROUPS = /(?<![\p{L}\d_])\d+(?:[ \u00a0().\-‐-―/]{1,3}\d+)*(?![\p{L}\d_])/gu;
const [FEWEST_DIGITS, MOST_DIGITS] = [10, 17];
/** Of JSON inside a text: a line break is no letter before a word. */
const ESCAPED = /\\[nrt]/g;

/** Keys of all that a text mentions. */
export function mentionsIn(text: string): SubjectKey[] {
  if (text.length < FEWEST_DIGITS && !text.includes('@')) return [];
  const plain = text.replace(ESCAPED, ' ');
  const emails = plain.includes('@') ? [...plain.matchAll(EMAIL)].map(([email]) => mailKey(email)) : [];
  const numbers = [...plain.matchAll(GROUPS)].flatMap(([groups]) => (groups.length < FEWEST_DIGITS ? [] : numbersOf(groups.match(/\d+/g) ?? [])));
  return [...emails, ...numbers.map(telKey)];
}

/** The same of cells of a table, one a line: a cell that is nothing but a number needs no country to be one. */
export function mentionsInCells(text: string): SubjectKey[] {
  const numbers = text.split('\n').flatMap((cell) => (/^[\s\d+().\-‐-―/]{9,30}$/.test(cell) ? [cell.replace(/\D/g, '')] : []));
  return [...mentionsIn(text), ...numbers.map(telKey)];
}

/** Every number that neighbours can make together: 55 1234 5678. */
function numbersOf(groups: string[]): string[] {
  const numbers: string[] = [];
  groups.forEach((_, from) => {
    let digits = '';
    for (let to = from; to < groups.length && digits.length <= MOST_DIGITS; to++) {
      digits += groups[to];
      if (isNumber(digits)) numbers.push(digits);
    }
  });
  return numbers;
}

/** Only numbers of North America begin with a 1, and they have eleven digits: all else is a time in seconds or milliseconds. */
const isNumber = ({ length, 0: first }: string): boolean => length >= FEWEST_DIGITS && length <= MOST_DIGITS && (first !== '1' || length === 11);

const telKey = (digits: string): SubjectKey => `tel:${digits}`;
const mailKey = (email: string): SubjectKey => `mail:${email.toLowerCase()}`;

/** Keys of one address of a person, however it is written; none for a handle, which may be anybody's word. */
export function keysOfIdentity(identity: string): SubjectKey[] {
  if (/^\+\d+$/.test(identity)) return spellingsOf(identity).map(telKey);
  return /^[^@\s:]+@[^@\s]+\.[^@\s.]+$/.test(identity) ? [mailKey(identity)] : [];
}

/** As people and providers write a number: with and without its country, with the 1 that Mexico's mobiles had, with a prefix for long distance. */
function spellingsOf(number: string): string[] {
  const { countryCallingCode: country = '', nationalNumber: national = number.slice(1) } = parsePhoneNumber(number) ?? {};
  const full = `${country}${national}`;
  const mexican = country === '52' ? [`521${national}`, `01${national}`, `044${national}`, `045${national}`] : [];
  return [full, `00${full}`, `0${national}`, ...mexican].filter(isNumber).concat(national.length >= FEWEST_DIGITS - 1 ? [national] : []);
}

/** Keys named in JSON: by fields that hold ids of ours, wherever they stand, and by what its texts mention. */
export function subjectsOf(value: unknown): SubjectKey[] {
  const keys = new Set<SubjectKey>();
  collect(value, undefined, keys);
  return [...keys];
}

function collect(value: unknown, reference: Reference | undefined, keys: Set<SubjectKey>): void {
  if (typeof value === 'string') for (const key of mentionsIn(value)) keys.add(key);
  if (reference !== undefined && (typeof value === 'number' || typeof value === 'string')) keys.add(subjectKey(reference, value));
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Date) return;
  if (Array.isArray(value)) {
    for (const inner of value) collect(inner, reference, keys);
    return;
  }
  for (const [field, inner] of Object.entries(value)) collect(inner, field === 'id' ? reference : referenceOf(field), keys);
}

const NAMED = new Map<string, Reference>(
  REFERENCES.flatMap((reference) => [`${reference}Id`, `${reference}Ids`, `${reference}s`].map((field): [string, Reference] => [field, reference])),
);

/** contactId, contactIds, and `contacts: [{id}]`; funnelConversationId is one of conversations. */
const referenceOf = (field: string): Reference | undefined => (field === 'funnelConversationId' ? 'conversation' : NAMED.get(field));
