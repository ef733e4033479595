import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import { Lists } from '../../platform/listing/lists';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { FilesApi } from '../files';
import { MessageDto } from './dto/message.dto';
import { MESSAGES_LIST } from './messages-list';
import { MessageNotFound } from './messages.errors';
import { type MessageRow, MessagesRepository } from './messages.repository';

@Injectable()
export class MessagesService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly files: FilesApi,
    private readonly messages: MessagesRepository,
  ) {}

  async list(ctx: TenantContext, query: ListQueryDto): Promise<Page<MessageDto>> {
    const page = await this.db.read(ctx, (em) => this.lists.page(em, ctx, MESSAGES_LIST, this.lists.request(query)));
    return { ...page, items: page.items.map((row) => this.shown(row)) };
  }

  /** @throws MessageNotFound */
  async get(ctx: TenantContext, id: string): Promise<MessageDto> {
    const row = await this.db.read(ctx, (em) => this.messages.get(em, ctx.tenantId, id));
    if (!row) throw new MessageNotFound();
    return this.shown(row);
  }

  /** With links that are good for a while. */
  shown(row: MessageRow): MessageDto {
    return MessageDto.from(row, this.files);
  }
}
