import { type CheckedFields, type Person, type PersonRules, blankPerson, checkReachable, readCustomFields, readPerson, refuseFuture, saysNothing } from '../contacts';
import { type FieldRule, type FieldRules, rulesOfValues } from '../custom-fields';
import { type ItemLog, type Json, clientRefOf, idOf, instantOf, objectOf, warnUnknown } from '../operations';

/** What an item is checked against. */
export interface ItemRules extends PersonRules {
  conversationFields: FieldRules;
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

const COMMON_KEYS = ['createdAt', 'userId', 'funnelStatusId', 'archivedAt', 'customFields', 'contact', 'clientRef'];
const CREATE_KEYS = new Set([...COMMON_KEYS, 'funnelId', 'contactId']);
const UPDATE_KEYS = new Set([...COMMON_KEYS, 'id']);

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
  const person = (hasContact && readPerson(item.contact, rules, log)) || blankPerson();
  if (typeof contactId === 'number') person.contactId = contactId;
  else if (hasContact) checkReachable(person, rules, log);
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
  const person = hasContact ? readPerson(item.contact, rules, log, { withId: true }) : undefined;
  const contactId = person ? idOf(item.contact as Json, 'id', 'contact.', log) : undefined;
  if (person && typeof contactId === 'number') person.contactId = contactId;
  if (!log.failed && Object.values(fields).every((value) => value === undefined) && (!person || saysNothing(person))) {
    log.error('', 'EMPTY_UPDATE', 'nothing to update: give at least one field besides id');
  }
  return { ...fields, id: id ?? MISSING_ID, person };
}

/** The rules of custom fields that items have values of: theirs, and their contacts'. */
export const fieldsUsed = (items: Pick<UpdateItem, 'customFields' | 'person'>[], rules: ItemRules): FieldRule[] => [
  ...rulesOfValues(rules.contactFields, items.map(({ person }) => person?.customFields)),
  ...rulesOfValues(rules.conversationFields, items.map(({ customFields }) => customFields)),
];

/** All custom fields of an item that was read. */
export function fieldsIn({ customFields, person }: CreateItem | UpdateItem, rules: ItemRules, log: ItemLog): CheckedFields[] {
  return [
    { values: customFields, fields: rules.conversationFields, path: 'customFields', log },
    { values: person?.customFields, fields: rules.contactFields, path: 'contact.customFields', log },
  ];
}

function fieldsOf(item: Json, rules: ItemRules, log: ItemLog): ConversationFields {
  const createdAt = instantOf(item, 'createdAt', log);
  refuseFuture(createdAt, 'createdAt', rules, log);
  return {
    userId: idOf(item, 'userId', '', log),
    funnelStatusId: idOf(item, 'funnelStatusId', '', log),
    archivedAt: instantOf(item, 'archivedAt', log),
    createdAt: createdAt ?? undefined,
    customFields: readCustomFields(item.customFields, rules.conversationFields, 'customFields', rules, log),
  };
}
