import { Body, Controller, Get, Param, Put, Query, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InvalidPageToken, PayloadTooLarge } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { AnswersCsv, sendCsv } from '../../platform/http/send-csv';
import { ExportQueryDto, ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { UserNotFound } from '../accounts';
import { AddressAlreadyExists, AmbiguousContact, ContactNotFound } from '../contacts';
import { BulkResultDto, InvalidBatch } from '../operations';
import { BulkConversations } from './bulk-conversations';
import { ConversationNotFound, FunnelNotFound } from './conversations.errors';
import { ConversationsService } from './conversations.service';
import { BulkCreateConversationsDto, BulkUpdateConversationsDto } from './dto/bulk-conversations.dto';
import { ConversationDto, ConversationPageDto, CreateConversationDto, UpdateConversationDto } from './dto/conversation.dto';
import { ExportConversations } from './export-conversations';

const REFERENCES = [UserNotFound, AddressAlreadyExists];

@ApiTags('conversations')
@Controller('conversations')
export class ConversationsController {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly bulk: BulkConversations,
    private readonly exportConversations: ExportConversations,
  ) {}

  /** List conversations, filtered and sorted, in pages */
  @Get()
  @Endpoint({ id: 'GetConversations', scope: 'conversations:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<ConversationPageDto> {
    return this.conversations.list(ctx, query);
  }

  /** Export conversations, filtered and sorted as the list, as CSV; an import takes it back */
  @Get('export.csv')
  @Endpoint({ id: 'ExportConversations', scope: 'conversations:read' })
  @AnswersCsv('A row for each conversation')
  async export(@Ctx() ctx: TenantContext, @Query() query: ExportQueryDto, @Res() reply: FastifyReply): Promise<void> {
    await sendCsv(reply, 'conversations', await this.exportConversations.execute(ctx, query));
  }

  /** Create a conversation; answers with it, its contact and its sessions */
  @PostEndpoint('', { id: 'Create', scope: 'conversations:write', errors: [AmbiguousContact, ContactNotFound, FunnelNotFound, ...REFERENCES] })
  create(@Ctx() ctx: TenantContext, @Body() body: CreateConversationDto): Promise<ConversationDto> {
    return this.conversations.create(ctx, body);
  }

  /** Create many conversations; those that fail are reported, the valid ones are still created */
  @RouteConfig({ bulk: true })
  @PostEndpoint('bulk', { id: 'BulkCreate', scope: 'conversations:write', errors: [InvalidBatch, PayloadTooLarge] })
  bulkCreate(@Ctx() ctx: TenantContext, @Body() body: BulkCreateConversationsDto): Promise<BulkResultDto> {
    return this.bulk.create(ctx, body);
  }

  /** Update many conversations by id; those that fail are reported, the valid ones are still updated */
  @Put('bulk')
  @RouteConfig({ bulk: true })
  @Endpoint({ id: 'BulkUpdate', scope: 'conversations:write', errors: [InvalidBatch, PayloadTooLarge] })
  bulkUpdate(@Ctx() ctx: TenantContext, @Body() body: BulkUpdateConversationsDto): Promise<BulkResultDto> {
    return this.bulk.update(ctx, body);
  }

  /** Get a conversation by id */
  @Get(':id')
  @Endpoint({ id: 'GetConversation', scope: 'conversations:read', errors: [ConversationNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<ConversationDto> {
    return this.conversations.get(ctx, id);
  }

  /** Update a conversation: only the fields given */
  @Put(':id')
  @Endpoint({ id: 'UpdateConversation', scope: 'conversations:write', errors: [ConversationNotFound, ...REFERENCES] })
  update(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Body() body: UpdateConversationDto): Promise<ConversationDto> {
    return this.conversations.update(ctx, id, body);
  }
}
