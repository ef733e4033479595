import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { ValidationFailed } from '../../platform/errors/platform.errors';
import { assertSameId } from '../../platform/errors/path-identity';
import { type ListRequest, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { UserNotFound } from '../accounts';
import { AddressAlreadyExists, AmbiguousContact, ContactNotFound, ContactsApi } from '../contacts';
import type { ItemLog } from '../operations';
import { CONVERSATIONS_LIST } from './conversations-list';
import { ConversationNotFound, FunnelNotFound } from './conversations.errors';
import { ConversationsRepository } from './conversations.repository';
import { CreateConversations } from './create-conversations';
import { ConversationDto, type CreateConversationDto, type UpdateConversationDto } from './dto/conversation.dto';
import { UpdateConversations } from './update-conversations';

@Injectable()
export class ConversationsService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly contacts: ContactsApi,
    private readonly conversations: ConversationsRepository,
    private readonly createConversations: CreateConversations,
    private readonly updateConversations: UpdateConversations,
  ) {}

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<ConversationDto>> {
    return this.page(ctx, this.lists.request(query));
  }

  page(ctx: TenantContext, request: ListRequest): Promise<Page<ConversationDto>> {
    return this.db.read(ctx, async (em) => {
      const page = await this.lists.page(em, ctx, CONVERSATIONS_LIST, request);
      const ids = page.items.flatMap(({ contact_id }) => (contact_id === null ? [] : [contact_id]));
      const contacts = await this.contacts.getMany(em, ctx, [...new Set(ids)]);
      return { ...page, items: page.items.map((row) => ConversationDto.from(row, contacts.get(row.contact_id ?? 0))) };
    });
  }

  get(ctx: TenantContext, id: number): Promise<ConversationDto> {
    return this.db.read(ctx, (em) => this.find(em, ctx, id));
  }

  /** Always creates, also where the contact has a conversation in that funnel. */
  create(ctx: TenantContext, body: CreateConversationDto): Promise<ConversationDto> {
    return this.db.write(ctx, async (em) => {
      const rules = await this.createConversations.rulesOf({ ...ctx, transaction: em });
      const [log] = await this.createConversations.execute(em, ctx, [body], rules, { onDuplicate: 'create' });
      throwIfFailed(log as ItemLog);
      return this.find(em, ctx, log?.itemId ?? 0);
    });
  }

  async update(ctx: TenantContext, id: number, body: UpdateConversationDto & { id?: number }): Promise<ConversationDto> {
    assertSameId('id', id, body.id);
    return this.db.write(ctx, async (em) => {
      const rules = await this.createConversations.rulesOf({ ...ctx, transaction: em });
      const [log] = await this.updateConversations.execute(em, ctx, [{ ...withoutReadOnly(body), id }], rules);
      throwIfFailed(log as ItemLog);
      return this.find(em, ctx, id);
    });
  }

  private async find(em: EntityManager, ctx: TenantContext, id: number): Promise<ConversationDto> {
    const row = await this.conversations.get(em, ctx, id);
    if (!row) throw new ConversationNotFound();
    const contacts = await this.contacts.getMany(em, ctx, row.contact_id === null ? [] : [row.contact_id]);
    return ConversationDto.from(row, contacts.get(row.contact_id ?? 0));
  }
}

/** Clients send back what they read. */
function withoutReadOnly(body: UpdateConversationDto): Record<string, unknown> {
  const { createdAt: _, ...rest } = body;
  return rest;
}

/** What failed an item of one, as the error that a single request answers. References that are unknown are 404 where nothing else is wrong. */
function throwIfFailed({ errors, existingEntities }: ItemLog): void {
  const [first] = errors;
  // A single update that changes nothing is answered with the conversation as it is.
  if (!first || first.code === 'EMPTY_UPDATE') return;
  if (errors.length === 1) {
    switch (first.code) {
      case 'FUNNEL_NOT_FOUND':
        throw new FunnelNotFound();
      case 'CONVERSATION_NOT_FOUND':
        throw new ConversationNotFound();
      case 'USER_NOT_FOUND':
        throw new UserNotFound();
      case 'CONTACT_NOT_FOUND':
        throw new ContactNotFound();
      case 'AMBIGUOUS_CONTACT':
        throw new AmbiguousContact(first.message, { ...first.context, contacts: existingEntities?.contacts });
      case 'ADDRESS_CONFLICT':
        throw new AddressAlreadyExists(String(first.context?.address), Number(first.context?.contactId));
    }
  }
  throw new ValidationFailed(errors.map(({ field, code, message }) => ({ path: field || 'body', code, message })));
}
