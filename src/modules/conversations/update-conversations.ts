import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Rehearsal } from '../../platform/database/rehearsal';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { AccountsApi } from '../accounts';
import { type ContactBook, ContactsApi, CustomFieldFiles, type Person, contactsFound } from '../contacts';
import { CustomFieldsApi } from '../custom-fields';
import { ItemLog } from '../operations';
import { type ItemRules, MISSING_ID, type UpdateItem, fieldsIn, fieldsUsed, readUpdateItem } from './conversation-item';
import { type ConversationChange, ConversationsRepository } from './conversations.repository';
import { FunnelsService } from './funnels.service';

type Known = { id: number; contact_id: number | null; funnel_id: number };

/** The one way that conversations are changed: by the bulk and by the single update. A fixed number of statements. */
@Injectable()
export class UpdateConversations {
  constructor(
    private readonly accounts: AccountsApi,
    private readonly contacts: ContactsApi,
    private readonly customFields: CustomFieldsApi,
    private readonly customFieldFiles: CustomFieldFiles,
    private readonly funnels: FunnelsService,
    private readonly conversations: ConversationsRepository,
  ) {}

  /** @param rehearsal given, nothing is written. @returns a log per item, in order */
  async execute(em: EntityManager, ctx: TenantContext, sent: unknown[], rules: ItemRules, rehearsal?: Rehearsal): Promise<ItemLog[]> {
    const logs = sent.map((_, index) => new ItemLog(index));
    const items = sent.map((item, index) => readUpdateItem(item, rules, logs[index] as ItemLog));
    refuseRepeated(items, logs);
    await this.checkReferences(em, ctx, items, rules, logs);
    const usable = items.flatMap((item, index) => (item && !logs[index]?.failed ? [{ item, log: logs[index] as ItemLog }] : []));

    if (!rehearsal) await this.customFields.hold(em, ctx, fieldsUsed(usable.map(({ item }) => item), rules));
    const people = usable.flatMap(({ item }) => (item.person ? [item.person] : []));
    const book = people.length > 0 ? await this.contacts.openBook(em, ctx, people, rehearsal) : undefined;
    const changes: ConversationChange[] = [];
    for (const { item, log } of usable) {
      if (item.person && book && !enrich(book, item.person, log)) continue;
      changes.push({ ...item, contactId: item.person?.contactId });
    }
    if (rehearsal) return logs;
    if (book) await this.contacts.saveBook(em, ctx, book);
    if (changes.length > 0) await this.conversations.update(em, ctx, changes);
    return logs;
  }

  /** Conversations, users, files and statuses that items name. Points each person at the conversation's own contact. */
  private async checkReferences(em: EntityManager, ctx: TenantContext, items: (UpdateItem | undefined)[], rules: ItemRules, logs: ItemLog[]): Promise<void> {
    const named = items.filter((item) => item !== undefined);
    const found = new Map((await this.conversations.findMany(em, ctx, named.map(({ id }) => id))).map((row) => [row.id, row]));
    const users = await this.accounts.knownUsers(em, ctx, named.flatMap(({ userId, person }) => [userId, person?.userId].filter((id) => typeof id === 'number')));
    await this.customFieldFiles.check(em, ctx, items.flatMap((item, index) => (item ? fieldsIn(item, rules, logs[index] as ItemLog) : [])));
    const withStatus = named.filter(({ funnelStatusId }) => typeof funnelStatusId === 'number');
    const statusIds = withStatus.length > 0 ? await this.funnels.statusIds(em, ctx, [...found.values()].map((row) => row.funnel_id)) : new Map<number, number[]>();
    items.forEach((item, index) => {
      const log = logs[index];
      if (!item || !log) return;
      const conversation = found.get(item.id);
      if (item.id === MISSING_ID) return;
      if (!conversation) return log.error('id', 'CONVERSATION_NOT_FOUND', `There is no conversation ${item.id}. See GET /api/v1/conversations.`);
      const statuses = statusIds.get(conversation.funnel_id) ?? [];
      if (typeof item.funnelStatusId === 'number' && !statuses.includes(item.funnelStatusId)) {
        log.error('funnelStatusId', 'STATUS_NOT_IN_FUNNEL', `${item.funnelStatusId} is no status of funnel ${conversation.funnel_id}`, { allowed: statuses });
      }
      for (const [field, id] of [['userId', item.userId], ['contact.userId', item.person?.userId]] as const) {
        if (typeof id === 'number' && !users.has(id)) log.error(field, 'USER_NOT_FOUND', `There is no user ${id}. See GET /api/v1/users.`);
      }
      if (item.person) pointAtOwnContact(item.person, conversation, log);
    });
  }
}

/** A conversation keeps its contact; one whose contact was deleted may be given another, by id or by value. */
function pointAtOwnContact(person: Person, conversation: Known, log: ItemLog): void {
  if (conversation.contact_id === null) return;
  if (person.contactId !== undefined && person.contactId !== conversation.contact_id) {
    log.error('contact.id', 'INVALID_VALUE', `is not the conversation's contact, ${conversation.contact_id}; leave it out`, { contactId: conversation.contact_id });
  }
  person.contactId = conversation.contact_id;
}

function enrich(book: ContactBook, person: Person, log: ItemLog): boolean {
  const resolved = book.resolve(person);
  if ('code' in resolved) {
    log.error(resolved.code === 'CONTACT_NOT_FOUND' ? 'contact.id' : 'contact', resolved.code, resolved.message, resolved.context);
    // An update makes nobody, so whoever was found has an id.
    if (resolved.found.length > 0) log.existingEntities = { contacts: contactsFound(resolved.found), conversations: [] };
    return false;
  }
  if (resolved.contact.isNew) {
    log.error('contact.id', 'CONTACT_REQUIRED', "the conversation's contact was deleted: name another by id, or by an address of theirs");
    return false;
  }
  book.enrich(resolved.contact, person, 'change');
  person.contactId = resolved.contact.id;
  return true;
}

/** Which of two updates of one conversation should win cannot be known. */
function refuseRepeated(items: (UpdateItem | undefined)[], logs: ItemLog[]): void {
  const first = new Map<number, number>();
  items.forEach((item, index) => {
    if (!item || item.id === MISSING_ID) return;
    const earlier = first.get(item.id);
    if (earlier === undefined) first.set(item.id, index);
    else logs[index]?.error('id', 'DUPLICATE_IN_BATCH', `item ${earlier} updates conversation ${item.id} already; put both into one item`, { index: earlier });
  });
}
