import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import { type CsvColumn, type CsvTable, tableOf } from '../../platform/http/send-csv';
import type { ExportQueryDto } from '../../platform/listing/list-query.dto';
import { Lists, everyPage } from '../../platform/listing/lists';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { type ContactDto, PERSON_COLUMNS, customFieldColumns } from '../contacts';
import { ConversationsService } from './conversations.service';
import type { ConversationDto } from './dto/conversation.dto';
import { FunnelsService } from './funnels.service';

/** The list of conversations as a table, with the same filters, beside whom they are with: an import takes it as it is. */
@Injectable()
export class ExportConversations {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly conversations: ConversationsService,
    private readonly funnels: FunnelsService,
  ) {}

  async execute(ctx: TenantContext, query: ExportQueryDto): Promise<CsvTable> {
    const request = this.lists.request(query);
    const { funnels, statuses } = await this.db.read(ctx, (em) => this.funnels.namesOf(em, ctx));
    const ofContact = await this.db.read(ctx, (em) => customFieldColumns(em, ctx, 'contacts', 'contact.customFields.'));
    const ofConversation = await this.db.read(ctx, (em) => customFieldColumns(em, ctx, 'conversations', 'customFields.'));
    const columns: CsvColumn<ConversationDto>[] = [
      { name: 'conversationId', of: ({ id }) => id },
      { name: 'funnelName', of: ({ funnelId }) => funnels.get(funnelId) },
      { name: 'funnelStatus', of: ({ funnelStatusId }) => (funnelStatusId === null ? null : statuses.get(funnelStatusId)) },
      ...[...PERSON_COLUMNS, ...ofContact].map(ofContactOf),
      ...ofConversation,
      { name: 'userId', of: ({ userId }) => userId },
      { name: 'archivedAt', of: ({ archivedAt }) => archivedAt },
      { name: 'createdAt', of: ({ createdAt }) => createdAt },
      { name: 'updatedAt', of: ({ updatedAt }) => updatedAt },
    ];
    return tableOf(columns, everyPage(request, (page) => this.conversations.page(ctx, page)));
  }
}

/** A contact's column, beside its conversation. */
const ofContactOf = ({ name, of }: CsvColumn<ContactDto>): CsvColumn<ConversationDto> => ({ name, of: ({ contacts: [contact] }) => (contact ? of(contact) : null) });
