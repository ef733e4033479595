import { isId } from '../../platform/text/ids';
import { parseInstant } from '../../platform/text/instants';
import { findUnstorable, isStorable } from '../../platform/text/unstorable';
import { type NormalAddress, type Person, isFault, normaliseAddress } from '../contacts';
import { type FieldRules, checkCustomFields } from '../custom-fields';
import type { BulkCode, ItemLog } from '../operations';

/** What an item is checked against. */
export interface ItemRules {
  country: string;
  contactFields: FieldRules;
  conversationFields: FieldRules;
  now: number;
  /**
   * A file's rows are no requests: a bad address beside a good one is left out with a warning, a person without any is refused,
   * and a column that is no defined field is no news on every row.
   */
  fromFile?: boolean;
}

/** The fields of an item that name other records, and those that do not; undefined where absent. */
export interface ConversationFields {
  userId?: number | null;
  funnelStatusId?: number | null;
  archivedAt?: Date | null;
  createdAt?: Date;
  customFields?: Record<string, unknown>;
}

export interface CreateItem extends ConversationFields {
  funnelId: number;
  person: Person;
}

export interface UpdateItem extends ConversationFields {
  id: number;
  /** Where the item has a contact. */
  person?: Person;
}

/** In place of an id that is missing or wrong, which the log says. */
export const MISSING_ID = 0;

const MAX_TEXT = 255;
const MAX_NATIONAL_ID = 64;
const MAX_CLIENT_REF = 128;
const MAX_ADDRESSES = 100;
/** Clocks differ: what lies this little in the future is now. */
const CLOCK_SKEW_MS = 60_000;

const COMMON_KEYS = ['createdAt', 'userId', 'funnelStatusId', 'archivedAt', 'customFields', 'contact', 'clientRef'];
const CREATE_KEYS = new Set([...COMMON_KEYS, 'funnelId', 'contactId']);
const UPDATE_KEYS = new Set([...COMMON_KEYS, 'id']);
const CONTACT_KEYS = new Set(['firstName', 'lastName', 'phones', 'emails', 'nationalId', 'companyPosition', 'customFields', 'userId']);
const UPDATE_CONTACT_KEYS = new Set([...CONTACT_KEYS, 'id']);

type Json = Record<string, unknown>;

/**
 * One item of a create, read field by field; everything wrong with it goes to its log. What is left of a wrong one is still
 * returned, so that its references can be checked as well. Undefined where it is not even an object.
 */
export function readCreateItem(sent: unknown, rules: ItemRules, log: ItemLog): CreateItem | undefined {
  const item = objectOf(sent, '', log);
  if (!item) return undefined;
  warnUnknown(item, CREATE_KEYS, '', log);
  log.clientRef = clientRefOf(item, log);
  const funnelId = idOf(item, 'funnelId', '', log);
  if (item.funnelId === undefined || item.funnelId === null) log.error('funnelId', 'REQUIRED_FIELD', 'is required: the funnel that the conversation belongs to');
  const fields = fieldsOf(item, rules, log);
  const contactId = idOf(item, 'contactId', '', log);
  const hasContact = item.contact !== undefined && item.contact !== null;
  if (!hasContact && (item.contactId === undefined || item.contactId === null)) {
    log.error('contact', 'CONTACT_REQUIRED', 'contactId or contact is required: say whom the conversation is with');
  }
  const person = (hasContact && personOf(item.contact, CONTACT_KEYS, rules, log)) || blankPerson();
  if (typeof contactId === 'number') person.contactId = contactId;
  else if (hasContact && !log.failed && person.addresses.length === 0) {
    if (rules.fromFile) log.error('contact', 'CONTACT_WITHOUT_ADDRESS', 'has neither phone nor email, so this person could not be reached');
    else if (person.nationalId === null) log.warn('contact', 'CONTACT_WITHOUT_ADDRESS', 'has neither address nor nationalId: a new contact is made each time this is sent');
  }
  return { ...fields, funnelId: funnelId ?? MISSING_ID, person };
}

/** One item of an update. */
export function readUpdateItem(sent: unknown, rules: ItemRules, log: ItemLog): UpdateItem | undefined {
  const item = objectOf(sent, '', log);
  if (!item) return undefined;
  warnUnknown(item, UPDATE_KEYS, '', log);
  log.clientRef = clientRefOf(item, log);
  const id = idOf(item, 'id', '', log);
  if (item.id === undefined || item.id === null) log.error('id', 'REQUIRED_FIELD', 'is required: the conversation to update');
  if (typeof id === 'number') log.itemId = id;
  const fields = fieldsOf(item, rules, log);
  const hasContact = item.contact !== undefined && item.contact !== null;
  const person = hasContact ? personOf(item.contact, UPDATE_CONTACT_KEYS, rules, log) : undefined;
  const contactId = person ? idOf(item.contact as Json, 'id', 'contact.', log) : undefined;
  if (person && typeof contactId === 'number') person.contactId = contactId;
  if (!log.failed && Object.values(fields).every((value) => value === undefined) && (!person || saysNothing(person))) {
    log.error('', 'EMPTY_UPDATE', 'nothing to update: give at least one field besides id');
  }
  return { ...fields, id: id ?? MISSING_ID, person };
}

function fieldsOf(item: Json, rules: ItemRules, log: ItemLog): ConversationFields {
  const createdAt = instantOf(item, 'createdAt', log);
  if (createdAt && createdAt.getTime() > rules.now + CLOCK_SKEW_MS) log.error('createdAt', 'INVALID_DATE', 'lies in the future');
  return {
    userId: idOf(item, 'userId', '', log),
    funnelStatusId: idOf(item, 'funnelStatusId', '', log),
    archivedAt: instantOf(item, 'archivedAt', log),
    createdAt: createdAt ?? undefined,
    customFields: customFieldsOf(item.customFields, rules.conversationFields, 'customFields', rules, log),
  };
}

function personOf(sent: unknown, known: Set<string>, rules: ItemRules, log: ItemLog): Person | undefined {
  const contact = objectOf(sent, 'contact', log);
  if (!contact) return undefined;
  warnUnknown(contact, known, 'contact.', log);
  return {
    firstName: textOf(contact, 'firstName', MAX_TEXT, log),
    lastName: textOf(contact, 'lastName', MAX_TEXT, log),
    nationalId: textOf(contact, 'nationalId', MAX_NATIONAL_ID, log),
    companyPosition: textOf(contact, 'companyPosition', MAX_TEXT, log),
    userId: idOf(contact, 'userId', 'contact.', log) ?? null,
    customFields: customFieldsOf(contact.customFields, rules.contactFields, 'contact.customFields', rules, log) ?? {},
    addresses: addressesOf(contact, rules, log),
  };
}

function addressesOf(contact: Json, rules: ItemRules, log: ItemLog): NormalAddress[] {
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

function customFieldsOf(sent: unknown, fields: FieldRules, path: string, rules: ItemRules, log: ItemLog): Record<string, unknown> | undefined {
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

const NOT_TEXT = 'contains NUL or half of a surrogate pair, which is no text';

function objectOf(sent: unknown, path: string, log: ItemLog): Json | undefined {
  if (typeof sent === 'object' && sent !== null && !Array.isArray(sent)) return sent as Json;
  log.error(path, 'INVALID_TYPE', 'must be an object');
  return undefined;
}

function warnUnknown(item: Json, known: Set<string>, prefix: string, log: ItemLog): void {
  for (const key in item) if (!known.has(key)) log.warn(`${prefix}${key}`, 'UNKNOWN_FIELD', 'is unknown here and was ignored');
}

/** @returns undefined where it is absent or wrong, null where null was sent */
function idOf(item: Json, key: string, prefix: string, log: ItemLog): number | null | undefined {
  const value = item[key];
  if (value === undefined || value === null) return value;
  if (isId(value)) return value;
  log.error(`${prefix}${key}`, 'INVALID_TYPE', 'must be an id: a whole number above 0');
  return undefined;
}

function instantOf(item: Json, key: string, log: ItemLog): Date | null | undefined {
  const value = item[key];
  if (value === undefined || value === null) return value;
  const instant = parseInstant(value);
  if (!instant) log.error(key, 'INVALID_DATE', 'must be a date in ISO 8601, as 2026-03-26T15:43:16Z');
  return instant;
}

/** Blank is null. */
function textOf(contact: Json, key: string, max: number, log: ItemLog): string | null {
  const value = contact[key];
  if (value === undefined || value === null) return null;
  const path = `contact.${key}`;
  if (typeof value !== 'string') log.error(path, 'INVALID_TYPE', 'must be text');
  else if (value.length > max) log.error(path, 'VALUE_TOO_LONG', `must have at most ${max} characters`);
  else if (!isStorable(value)) log.error(path, 'INVALID_VALUE', NOT_TEXT);
  else return value.trim() || null;
  return null;
}

function clientRefOf(item: Json, log: ItemLog): string | undefined {
  const value = item.clientRef;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= MAX_CLIENT_REF && isStorable(value)) return value;
  log.error('clientRef', 'INVALID_VALUE', `must be text of up to ${MAX_CLIENT_REF} characters`);
  return undefined;
}

const saysNothing = (person: Person): boolean =>
  person.contactId === undefined &&
  [person.firstName, person.lastName, person.nationalId, person.companyPosition, person.userId].every((value) => value === null) &&
  person.addresses.length === 0 &&
  Object.keys(person.customFields).length === 0;

export const blankPerson = (): Person => ({
  firstName: null,
  lastName: null,
  nationalId: null,
  companyPosition: null,
  userId: null,
  customFields: {},
  addresses: [],
});
