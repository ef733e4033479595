import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { findUnstorable } from '../../platform/text/unstorable';
import { ActivityApi, type PastActivity } from '../activity';
import { ItemLog, type Json, NOT_TEXT, instantOf, objectOf, textOf } from '../operations';
import type { Person } from './contact-book';
import { ContactsApi } from './contacts.api';
import { MergeContacts, readReachable } from './merge-contacts';
import { type PersonRules, refuseFuture } from './person-item';

const MAX_TEXT = 255;
const NO_SOURCE = 'csv_import';

/** Something that was done with somebody elsewhere. */
export type Told = Omit<PastActivity, 'contactId'>;

/** Takes what was done elsewhere into the contacts' log, each entry once, and whom it was done with into the contacts. */
@Injectable()
export class RecordHistory {
  constructor(
    private readonly activity: ActivityApi,
    private readonly mergeContacts: MergeContacts,
    private readonly contacts: ContactsApi,
    private readonly db: TenantDb,
  ) {}

  /** What another system tells of somebody, who is made where nobody is; told again it is left as it is. */
  async tell(ctx: TenantContext, person: Person, told: Told): Promise<void> {
    await this.db.write(ctx, async (em) => {
      const contact = await this.contacts.findOrCreate(em, ctx, person);
      if ('id' in contact && contact.id !== undefined) await this.activity.recordHistory(em, ctx.tenantId, [{ ...told, contactId: contact.id }]);
    });
  }

  rulesOf(ctx: TenantContext): Promise<PersonRules> {
    return this.mergeContacts.rulesOf(ctx);
  }

  /**
   * @param sent items {contact, communicationType, source?, contactedAt, status, response?}; blanks inside response are no answer: null
   * @returns a log per item, in order; `itemId` is the contact's id
   */
  async execute(em: EntityManager, ctx: TenantContext, sent: unknown[], rules: PersonRules): Promise<ItemLog[]> {
    const logs = sent.map((_, index) => new ItemLog(index));
    const told = sent.map((item, at) => this.read(item, rules, logs[at] as ItemLog));
    const people = sent.map((item, at) => readReachable(item, rules, logs[at] as ItemLog));
    const merged = await this.mergeContacts.mergeAll(em, ctx, people, rules, logs, 'fill');
    const entries = logs.flatMap((log, at) => {
      const [contactId, entry] = [merged[at]?.contact.id, told[at]];
      if (log.failed || contactId === undefined || !entry) return [];
      log.itemId = contactId;
      return [{ ...entry, contactId, log }];
    });
    const added = await this.activity.recordHistory(em, ctx.tenantId, entries);
    entries.forEach(({ log }, at) => {
      if (added[at]) return;
      log.duplicate = true;
      log.warn('', 'DUPLICATE_ACTIVITY', 'is in the log already');
    });
    return logs;
  }

  private read(sent: unknown, rules: PersonRules, log: ItemLog): Told | undefined {
    const item = objectOf(sent, '', log);
    if (!item) return undefined;
    const communicationType = required(item, 'communicationType', log);
    const status = required(item, 'status', log);
    const source = textOf(item, 'source', '', MAX_TEXT, log) ?? NO_SOURCE;
    const contactedAt = instantOf(item, 'contactedAt', log);
    if (item.contactedAt === undefined || item.contactedAt === null) log.error('contactedAt', 'REQUIRED_FIELD', 'is required: when it was');
    refuseFuture(contactedAt, 'contactedAt', rules, log);
    const { keptSince } = this.activity;
    if (contactedAt && contactedAt < keptSince) log.error('contactedAt', 'INVALID_DATE', `is older than the log is kept: since ${keptSince.toISOString().slice(0, 10)}`);
    const unstorable = findUnstorable(item.response ?? null, 'response');
    if (unstorable !== undefined) log.error(unstorable, 'INVALID_VALUE', NOT_TEXT);
    if (log.failed || !contactedAt) return undefined;
    // As the log of the customer's own sheets shows it (seed 000).
    const request = { communication_type: communicationType, source, contacted_at: item.contactedAt, status };
    const response = item.response === undefined ? null : { communication_type: communicationType, ...blanksAsNull(item.response as Json) };
    return { communicationType, source, contactedAt, status, request, response };
  }
}

function required(item: Json, key: string, log: ItemLog): string {
  const text = textOf(item, key, '', MAX_TEXT, log);
  if (text === null && !log.errors.some(({ field }) => field === key)) log.error(key, 'REQUIRED_FIELD', 'is required');
  return text ?? '';
}

const blanksAsNull = (response: Json): Json => Object.fromEntries(Object.entries(response).map(([key, value]) => [key, typeof value === 'string' && value.trim() === '' ? null : value]));
