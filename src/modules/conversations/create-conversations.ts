import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Rehearsal } from '../../platform/database/rehearsal';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { AccountsApi } from '../accounts';
import { type BookedContact, type ContactBook, ContactsApi, CustomFieldFiles, type Resolution, contactsFound, refOf } from '../contacts';
import { CustomFieldsApi } from '../custom-fields';
import { ItemLog } from '../operations';
import { type CreateItem, type ItemRules, MISSING_ID, fieldsIn, fieldsUsed, readCreateItem } from './conversation-item';
import { ConversationsRepository, type NewConversation } from './conversations.repository';
import { FunnelsService } from './funnels.service';

export interface CreateOptions {
  onDuplicate: 'skip' | 'create';
  /** Given, nothing is written. */
  rehearsal?: Rehearsal;
}

/** A conversation that an item leads to: one there was, or one that is yet to be inserted. */
interface Planned {
  index: number;
  item: CreateItem;
  contact: BookedContact;
  log: ItemLog;
}

/** One of neither is what an earlier part of a dry run would have made. */
interface Existing {
  conversationId?: number;
  /** The earlier item of the batch that makes it. */
  plan?: Planned;
}

/** Of each contact, by funnel. */
type OpenConversations = Map<BookedContact, Map<number, Existing>>;

/** Of a contact in a rehearsal: in which funnels it would have a conversation. */
const OPEN = 'conversation.open';

/** For an item's existingEntities, which can name ids only after everything is saved. */
interface Match {
  log: ItemLog;
  found: Resolution[];
  existing?: Existing;
}

/**
 * The one way that conversations are made: by the bulk, by the single create, and by imports. Items go one after the
 * other in memory, each seeing what those before it did; then all is written in a fixed number of statements.
 */
@Injectable()
export class CreateConversations {
  constructor(
    private readonly accounts: AccountsApi,
    private readonly contacts: ContactsApi,
    private readonly customFieldFiles: CustomFieldFiles,
    private readonly customFields: CustomFieldsApi,
    private readonly funnels: FunnelsService,
    private readonly conversations: ConversationsRepository,
  ) {}

  /** What items are checked against. */
  async rulesOf(ctx: TenantContext, options: Pick<ItemRules, 'fromFile'> = {}): Promise<ItemRules> {
    return {
      country: ctx.defaultCountry,
      contactFields: await this.customFields.rulesOf(ctx, 'CONTACT'),
      conversationFields: await this.customFields.rulesOf(ctx, 'FUNNEL_CONVERSATION'),
      now: Date.now(),
      ...options,
    };
  }

  /** @returns a log per item, in order; `itemId` is the conversation's id */
  async execute(em: EntityManager, ctx: TenantContext, sent: unknown[], rules: ItemRules, options: CreateOptions): Promise<ItemLog[]> {
    const logs = sent.map((_, index) => new ItemLog(index));
    const items = sent.map((item, index) => readCreateItem(item, rules, logs[index] as ItemLog));
    const statusIds = await this.checkReferences(em, ctx, items, rules, logs);
    const usable = items.flatMap((item, index) => (item && !logs[index]?.failed ? [{ item, log: logs[index] as ItemLog }] : []));
    const { rehearsal } = options;
    if (!rehearsal) await this.customFields.hold(em, ctx, fieldsUsed(usable.map(({ item }) => item), rules));
    const book = await this.contacts.openBook(em, ctx, usable.map(({ item }) => item.person), rehearsal);
    const open = await this.openConversations(em, ctx, book, rehearsal);

    const planned: Planned[] = [];
    const matches: Match[] = [];
    for (const { item, log } of usable) this.plan(item, log, book, open, options, planned, matches);
    await this.contacts.saveBook(em, ctx, book, rehearsal);
    if (rehearsal) await noteOpen(em, open, rehearsal);
    else await this.insert(em, ctx, planned, statusIds);
    for (const match of matches) match.log.existingEntities = existingEntities(match);
    return logs;
  }

  /** Users, files, funnels and statuses that items name, in three statements. */
  private async checkReferences(em: EntityManager, ctx: TenantContext, items: (CreateItem | undefined)[], rules: ItemRules, logs: ItemLog[]): Promise<Map<number, number[]>> {
    const named = items.filter((item) => item !== undefined);
    const users = await this.accounts.knownUsers(em, ctx, named.flatMap(({ userId, person }) => [userId, person.userId].filter((id) => typeof id === 'number')));
    await this.customFieldFiles.check(em, ctx, items.flatMap((item, index) => (item ? fieldsIn(item, rules, logs[index] as ItemLog) : [])));
    const statusIds = await this.funnels.statusIds(em, ctx, named.map(({ funnelId }) => funnelId));
    items.forEach((item, index) => {
      const log = logs[index];
      if (!item || !log) return;
      const statuses = statusIds.get(item.funnelId);
      if (!statuses && item.funnelId !== MISSING_ID) log.error('funnelId', 'FUNNEL_NOT_FOUND', `There is no funnel ${item.funnelId}. See GET /api/v1/funnels.`);
      if (statuses && typeof item.funnelStatusId === 'number' && !statuses.includes(item.funnelStatusId)) {
        log.error('funnelStatusId', 'STATUS_NOT_IN_FUNNEL', `${item.funnelStatusId} is no status of funnel ${item.funnelId}`, { allowed: statuses });
      }
      for (const [field, id] of [['userId', item.userId], ['contact.userId', item.person.userId]] as const) {
        if (typeof id === 'number' && !users.has(id)) log.error(field, 'USER_NOT_FOUND', `There is no user ${id}. See GET /api/v1/users.`);
      }
    });
    return statusIds;
  }

  private async openConversations(em: EntityManager, ctx: TenantContext, book: ContactBook, rehearsal?: Rehearsal): Promise<OpenConversations> {
    const byRef = new Map([...book.contacts].map((contact) => [refOf(contact), contact]));
    const open: OpenConversations = new Map();
    if (byRef.size === 0) return open;
    for (const row of await this.conversations.findOpen(em, ctx, [...byRef.keys()] as number[])) {
      const contact = byRef.get(row.contact_id);
      if (contact) inFunnels(open, contact).set(row.funnel_id, { conversationId: row.id });
    }
    const rehearsed = (await rehearsal?.recall<number[]>(em, OPEN, [...byRef.keys()].map(String))) ?? new Map<string, number[]>();
    for (const [ref, funnelIds] of rehearsed) {
      const contact = byRef.get(Number(ref));
      if (contact) for (const funnelId of funnelIds) inFunnels(open, contact).set(funnelId, {});
    }
    return open;
  }

  private plan(
    item: CreateItem,
    log: ItemLog,
    book: ContactBook,
    open: OpenConversations,
    options: CreateOptions,
    planned: Planned[],
    matches: Match[],
  ): void {
    const resolved = book.resolve(item.person);
    if ('code' in resolved) {
      if (resolved.found.length > 0) matches.push({ log, found: resolved.found });
      return log.error(resolved.code === 'CONTACT_NOT_FOUND' ? 'contactId' : 'contact', resolved.code, resolved.message, resolved.context);
    }
    const { contact, matchedBy } = resolved;
    const funnels = inFunnels(open, contact);
    const existing = funnels.get(item.funnelId);
    const skipped = existing !== undefined && options.onDuplicate === 'skip';
    book.enrich(contact, item.person, skipped ? 'fill' : 'change', log.index);
    if (matchedBy.length > 0) {
      matches.push({ log, found: [resolved], existing: skipped ? existing : undefined });
      if (!matchedBy.includes('contactId') && !skipped) log.warn('contact', 'EXISTING_CONTACT_MATCHED', 'is a contact already, who was updated with what is new');
    }
    if (skipped) return markDuplicate(log, existing);
    const plan: Planned = { index: log.index, item, contact, log };
    planned.push(plan);
    if (!item.archivedAt && !existing) funnels.set(item.funnelId, { plan });
  }

  private async insert(em: EntityManager, ctx: TenantContext, planned: Planned[], statusIds: Map<number, number[]>): Promise<void> {
    if (planned.length === 0) return;
    const ids = await this.conversations.insert(
      em,
      ctx,
      planned.map(({ item, contact }) => newConversation(item, contact, statusIds.get(item.funnelId)?.[0] ?? null)),
    );
    planned.forEach(({ log }, at) => (log.itemId = ids[at] ?? null));
  }
}

/** For the parts of a dry run that follow: in which funnels whose conversations would be. */
async function noteOpen(em: EntityManager, open: OpenConversations, rehearsal: Rehearsal): Promise<void> {
  const entries = new Map<string, number[]>();
  for (const [contact, funnels] of open) {
    const made = [...funnels].filter(([, { conversationId }]) => conversationId === undefined);
    if (made.some(([, { plan }]) => plan)) entries.set(String(refOf(contact)), made.map(([funnelId]) => funnelId));
  }
  await rehearsal.note(em, OPEN, entries);
}

function inFunnels(open: OpenConversations, contact: BookedContact): Map<number, Existing> {
  const known = open.get(contact);
  if (known) return known;
  const funnels = new Map<number, Existing>();
  open.set(contact, funnels);
  return funnels;
}

function markDuplicate(log: ItemLog, { conversationId, plan }: Existing): void {
  log.duplicate = true;
  if (plan) log.warn('contact', 'DUPLICATE_IN_BATCH', `item ${plan.index} makes this contact's conversation in this funnel; skipped`, { index: plan.index });
  else if (conversationId) log.warn('contact', 'DUPLICATE_CONVERSATION', `has an unarchived conversation in this funnel, ${conversationId}; skipped`, { conversationId });
  else log.warn('contact', 'DUPLICATE_CONVERSATION', 'is in this funnel by an earlier row; skipped');
}

function existingEntities({ log, found, existing }: Match): Record<string, unknown> {
  const conversationId = existing?.conversationId ?? existing?.plan?.log.itemId;
  if (conversationId) log.itemId = conversationId;
  return { contacts: contactsFound(found), conversations: conversationId ? [{ id: conversationId }] : [] };
}

function newConversation(item: CreateItem, contact: BookedContact, firstStatusId: number | null): NewConversation {
  // The addresses that the item names, or all where it names nobody's but a contactId; one session a channel.
  const named = new Set(item.person.addresses.map(({ identity }) => identity));
  const channels = new Map<string, NewConversation['channels'][number]>();
  for (const { id, channelType, identity } of contact.addresses) {
    if (id === undefined || channels.has(channelType) || (named.size > 0 && !named.has(identity))) continue;
    channels.set(channelType, { channelType, addressId: id });
  }
  return {
    contactId: contact.id as number,
    userId: item.userId ?? null,
    funnelId: item.funnelId,
    funnelStatusId: item.funnelStatusId ?? firstStatusId,
    customFields: withoutNulls(item.customFields),
    archivedAt: item.archivedAt ?? null,
    createdAt: item.createdAt ?? null,
    channels: [...channels.values()],
  };
}

function withoutNulls(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.values(fields).includes(null) ? Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) : fields;
}
