import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Rehearsal } from '../../platform/database/rehearsal';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { CustomFieldsApi, rulesOfValues } from '../custom-fields';
import { ItemLog, idOf, objectOf } from '../operations';
import { type BookedContact, type ContactBook, type MatchedBy, type Person, type ResolutionFault, blankPerson, contactsFound } from './contact-book';
import { ContactsApi } from './contacts.api';
import { CustomFieldFiles } from './custom-field-files';
import { type PersonRules, checkReachable, readPerson } from './person-item';

export interface MergeOptions {
  /** Of somebody who is a contact already: skip only fills in what is not known, update takes what is new. */
  onDuplicate: 'skip' | 'update';
  /** Given, nothing is written. */
  rehearsal?: Rehearsal;
}

/** Takes a file's people into the contacts: those who are there are matched, the rest is made, in a fixed number of statements. */
@Injectable()
export class MergeContacts {
  constructor(
    private readonly contacts: ContactsApi,
    private readonly customFields: CustomFieldsApi,
    private readonly customFieldFiles: CustomFieldFiles,
  ) {}

  /** What people of a file are checked against. */
  async rulesOf(ctx: TenantContext): Promise<PersonRules> {
    return { country: ctx.defaultCountry, contactFields: await this.customFields.rulesOf(ctx, 'CONTACT'), now: Date.now(), fromFile: true };
  }

  /** @param sent items {contactId?, contact}. @returns a log per item, in order; `itemId` is the contact's id */
  async execute(em: EntityManager, ctx: TenantContext, sent: unknown[], rules: PersonRules, { onDuplicate, rehearsal }: MergeOptions): Promise<ItemLog[]> {
    const logs = sent.map((_, index) => new ItemLog(index));
    const people = sent.map((item, at) => readReachable(item, rules, logs[at] as ItemLog));
    const merged = await this.mergeAll(em, ctx, people, rules, logs, onDuplicate === 'skip' ? 'fill' : 'change', rehearsal);
    merged.forEach((one, at) => one && tell(one, logs[at] as ItemLog, onDuplicate));
    return logs;
  }

  /** Whom people turn out to be, saved; of people whose logs have no fault. What goes wrong goes to the logs. */
  async mergeAll(em: EntityManager, ctx: TenantContext, people: (Person | undefined)[], rules: PersonRules, logs: ItemLog[], how: 'fill' | 'change', rehearsal?: Rehearsal): Promise<(Merged | undefined)[]> {
    const told = people.flatMap((person, at) => (person ? [{ values: person.customFields, fields: rules.contactFields, path: 'contact.customFields', log: logs[at] as ItemLog }] : []));
    await this.customFieldFiles.check(em, ctx, told);
    const usable = people.map((person, at) => (logs[at]?.failed ? undefined : person));
    if (!rehearsal) await this.customFields.hold(em, ctx, rulesOfValues(rules.contactFields, usable.map((person) => person?.customFields)));
    const book = await this.contacts.openBook(em, ctx, usable.filter((person) => person !== undefined), rehearsal);
    const resolved = usable.map((person, at) => person && merge(person, logs[at] as ItemLog, book, how));
    await this.contacts.saveBook(em, ctx, book, rehearsal);
    return resolved.map((one, at) => {
      if (!one || !('code' in one)) return one;
      if (one.found.length > 0) (logs[at] as ItemLog).existingEntities = { contacts: contactsFound(one.found) };
      return undefined;
    });
  }
}

/** What became of a person. */
export interface Merged {
  contact: BookedContact;
  /** Whether nobody was there to match. */
  isNew: boolean;
  matchedBy: MatchedBy[];
  /** Whether anything was written. */
  changed: boolean;
  /** The earlier item of the batch that made the contact. */
  maker?: number;
}

/** An item's `contact`, who is named by `contactId` or has to be reachable. */
export function readReachable(sent: unknown, rules: PersonRules, log: ItemLog): Person | undefined {
  const item = objectOf(sent, '', log);
  if (!item) return undefined;
  const person = readPerson(item.contact, rules, log) ?? blankPerson();
  const contactId = idOf(item, 'contactId', '', log);
  if (typeof contactId === 'number') person.contactId = contactId;
  else checkReachable(person, rules, log);
  return person;
}

function merge(person: Person, log: ItemLog, book: ContactBook, how: 'fill' | 'change'): Merged | ResolutionFault {
  const resolved = book.resolve(person);
  if ('code' in resolved) {
    log.error('contact', resolved.code, resolved.message, resolved.context);
    return resolved;
  }
  const { contact, matchedBy } = resolved;
  const isNew = matchedBy.length === 0;
  const maker = contact.madeBy;
  return { contact, isNew, matchedBy, changed: book.enrich(contact, person, how, log.index), maker };
}

function tell({ contact, isNew, matchedBy, changed, maker }: Merged, log: ItemLog, onDuplicate: MergeOptions['onDuplicate']): void {
  log.itemId = contact.id ?? null;
  if (isNew) return;
  log.duplicate = onDuplicate === 'skip' || !changed;
  if (maker !== undefined) return log.warn('contact', 'DUPLICATE_IN_BATCH', `item ${maker} is the same person`, { index: maker });
  log.warn('contact', 'EXISTING_CONTACT_MATCHED', changed ? 'is a contact already, who was given what is new' : 'is a contact already, as described');
  log.existingEntities = { contacts: contactsFound([{ contact, matchedBy }]) };
}
