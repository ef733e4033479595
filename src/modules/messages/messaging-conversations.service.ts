import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { MessagingConversationDto } from './dto/messaging-conversation.dto';
import { MessagingConversationNotFound } from './messages.errors';
import { type MessagingConversationRow, MessagingConversationsRepository } from './messaging-conversations.repository';

const LIST: ListDefinition<MessagingConversationRow, MessagingConversationDto> = {
  name: 'messaging-conversations',
  from: 'messaging_conversations g',
  columns: 'g.*',
  tenantColumn: 'g.tenant_id',
  idColumn: 'g.id',
  fields: {
    id: { type: 'number', sql: 'g.id' },
    contactId: { type: 'number', sql: 'g.contact_id' },
    ourNumber: { type: 'text', sql: 'g.our_number' },
    address: { type: 'text', sql: 'g.address' },
    waId: { type: 'text', sql: 'g.wa_id' },
    lastInboundAt: { type: 'instant', sql: 'g.last_inbound_at' },
    createdAt: { type: 'instant', sql: 'g.created_at' },
    updatedAt: { type: 'instant', sql: 'g.updated_at' },
  },
  search: (text, sql) => `fold(concat_ws(' ', g.our_number, g.address)) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: MessagingConversationDto.from,
};

@Injectable()
export class MessagingConversationsService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly conversations: MessagingConversationsRepository,
  ) {}

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<MessagingConversationDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  /** @throws MessagingConversationNotFound */
  async get(ctx: TenantContext, id: number): Promise<MessagingConversationDto> {
    const row = await this.db.read(ctx, (em) => this.conversations.get(em, ctx.tenantId, id));
    if (!row) throw new MessagingConversationNotFound();
    return MessagingConversationDto.from(row);
  }
}
