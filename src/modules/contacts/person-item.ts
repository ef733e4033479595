import { findUnstorable } from '../../platform/text/unstorable';
import { type FieldRules, checkCustomFields } from '../custom-fields';
import { type BulkCode, type ItemLog, type Json, NOT_TEXT, idOf, objectOf, textOf, warnUnknown } from '../operations';
import type { Person } from './contact-book';
import { type NormalAddress, isFault, normaliseAddress } from './contact-identity';

/** What a person in an item is checked against. */
export interface PersonRules {
  country: string;
  contactFields: FieldRules;
  now: number;
  /**
   * A file's rows are no requests: a bad address beside a good one is left out with a warning, a person without any is refused,
   * and a column that is no defined field is no news on every row.
   */
  fromFile?: boolean;
}

/** Clocks differ: what lies this little in the future is now. */
const CLOCK_SKEW_MS = 60_000;
const MAX_TEXT = 255;
const MAX_NATIONAL_ID = 64;
const MAX_ADDRESSES = 100;

const KEYS: ReadonlySet<string> = new Set(['firstName', 'lastName', 'phones', 'emails', 'nationalId', 'companyPosition', 'customFields', 'userId']);
const KEYS_WITH_ID: ReadonlySet<string> = new Set([...KEYS, 'id']);

/** An item's `contact`. @param withId where it may name the contact by `id`. @returns undefined where it is no object */
export function readPerson(sent: unknown, rules: PersonRules, log: ItemLog, { withId = false } = {}): Person | undefined {
  const contact = objectOf(sent, 'contact', log);
  if (!contact) return undefined;
  warnUnknown(contact, withId ? KEYS_WITH_ID : KEYS, 'contact.', log);
  return {
    firstName: textOf(contact, 'firstName', 'contact.', MAX_TEXT, log),
    lastName: textOf(contact, 'lastName', 'contact.', MAX_TEXT, log),
    nationalId: textOf(contact, 'nationalId', 'contact.', MAX_NATIONAL_ID, log),
    companyPosition: textOf(contact, 'companyPosition', 'contact.', MAX_TEXT, log),
    userId: idOf(contact, 'userId', 'contact.', log) ?? null,
    customFields: readCustomFields(contact.customFields, rules.contactFields, 'contact.customFields', rules, log) ?? {},
    addresses: addressesOf(contact, rules, log),
  };
}

/** Says of somebody new who could not be reached what that means. */
export function checkReachable(person: Person, rules: PersonRules, log: ItemLog): void {
  if (log.failed || person.addresses.length > 0) return;
  if (rules.fromFile) log.error('contact', 'CONTACT_WITHOUT_ADDRESS', 'has neither phone nor email, so this person could not be reached');
  else if (person.nationalId === null) log.warn('contact', 'CONTACT_WITHOUT_ADDRESS', 'has neither address nor nationalId: a new contact is made each time this is sent');
}

export function refuseFuture(time: Date | null | undefined, field: string, rules: PersonRules, log: ItemLog): void {
  if (time && time.getTime() > rules.now + CLOCK_SKEW_MS) log.error(field, 'INVALID_DATE', 'lies in the future');
}

function addressesOf(contact: Json, rules: PersonRules, log: ItemLog): NormalAddress[] {
  const addresses: NormalAddress[] = [];
  const faults: { path: string; code: BulkCode; message: string }[] = [];
  for (const [field, channelType] of [['phones', 'PHONE'], ['emails', 'EMAIL']] as const) {
    const sent = contact[field];
    if (sent === undefined || sent === null) continue;
    if (!Array.isArray(sent) || sent.length > MAX_ADDRESSES) {
      log.error(`contact.${field}`, 'INVALID_TYPE', `must be a list of up to ${MAX_ADDRESSES} texts`);
      continue;
    }
    sent.forEach((text: unknown, at) => {
      const path = `contact.${field}[${at}]`;
      if (typeof text !== 'string') return void log.error(path, 'INVALID_TYPE', 'must be text');
      if (text.trim() === '') return;
      const normal = normaliseAddress(channelType, text, rules.country);
      if (isFault(normal)) faults.push({ path, code: normal.code, message: normal.message });
      else if (!addresses.some(({ identity }) => identity === normal.identity)) addresses.push(normal);
    });
  }
  const harmless = rules.fromFile && addresses.length > 0;
  for (const { path, code, message } of faults) {
    if (harmless) log.warn(path, code, `${message}; left out`);
    else log.error(path, code, message);
  }
  return addresses;
}

/** @returns undefined where there are none */
export function readCustomFields(sent: unknown, fields: FieldRules, path: string, rules: PersonRules, log: ItemLog): Record<string, unknown> | undefined {
  if (sent === undefined || sent === null) return undefined;
  const { values, faults, unknownKeys } = checkCustomFields(sent, fields);
  for (const { key, code, message } of faults) log.error(key ? `${path}.${key}` : path, code, message);
  if (!rules.fromFile) for (const key of unknownKeys) log.warn(`${path}.${key}`, 'UNKNOWN_CUSTOM_FIELD', 'is not defined; kept as sent');
  for (const key in values) {
    const unstorable = findUnstorable(values[key], `${path}.${key}`);
    if (unstorable !== undefined) log.error(unstorable, 'INVALID_VALUE', NOT_TEXT);
  }
  return values;
}

export const saysNothing = (person: Person): boolean =>
  person.contactId === undefined &&
  [person.firstName, person.lastName, person.nationalId, person.companyPosition, person.userId].every((value) => value === null) &&
  person.addresses.length === 0 &&
  Object.keys(person.customFields).length === 0;
