import { Body, Controller, Get, Param, Query } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiTags } from '@nestjs/swagger';
import { InvalidPageToken, PayloadTooLarge, StorageFull } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { UserNotFound } from '../accounts';
import { FileNotFound, FileNotReady } from '../files';
import { CreateMessage } from './create-message';
import { CreateTemplateMessage } from './create-template-message';
import { MessageDto, MessagePageDto } from './dto/message.dto';
import { MessagingConversationDto, MessagingConversationPageDto } from './dto/messaging-conversation.dto';
import { CreateMessageDto, CreateTemplateMessageDto, UploadMediaDto, UploadedMediaDto } from './dto/send-message.dto';
import { MediaRefused, MessageNotFound, MessagingConversationNotFound, ReengagementRequired, SenderNotFound, TypeNotSendable } from './messages.errors';
import { MessagesService } from './messages.service';
import { MessagingConversationsService } from './messaging-conversations.service';
import { UploadMedia } from './upload-media';

@ApiTags('messages')
@Controller()
export class MessagesController {
  constructor(
    private readonly messages: MessagesService,
    private readonly conversations: MessagingConversationsService,
    private readonly createMessage: CreateMessage,
    private readonly createTemplateMessage: CreateTemplateMessage,
    private readonly uploadMedia: UploadMedia,
  ) {}

  /** Send a WhatsApp free-form message: answered at once as pending, sent in its turn */
  @PostEndpoint('messages/whatsapp', {
    id: 'CreateMessage',
    scope: 'messages:write',
    errors: [TypeNotSendable, SenderNotFound, ReengagementRequired, UserNotFound, FileNotFound, FileNotReady, MessageNotFound],
  })
  async create(@Ctx() ctx: TenantContext, @Body() body: CreateMessageDto): Promise<MessageDto> {
    return this.messages.shown(await this.createMessage.execute(ctx, body));
  }

  /** Send a WhatsApp template message: answered at once as pending, sent in its turn */
  @PostEndpoint('messages/whatsapp/template', { id: 'CreateTemplateMessage', scope: 'messages:write', errors: [SenderNotFound, UserNotFound, MessageNotFound] })
  async createTemplate(@Ctx() ctx: TenantContext, @Body() body: CreateTemplateMessageDto): Promise<MessageDto> {
    return this.messages.shown(await this.createTemplateMessage.execute(ctx, body));
  }

  /** Upload media to WhatsApp: a file that is here already, or one in the request */
  @PostEndpoint('messages/whatsapp/media', {
    id: 'UploadMedia',
    scope: 'messages:write',
    errors: [PayloadTooLarge, SenderNotFound, FileNotFound, FileNotReady, MediaRefused, StorageFull],
  })
  @RouteConfig({ large: true, asksProvider: true })
  upload(@Ctx() ctx: TenantContext, @Body() body: UploadMediaDto): Promise<UploadedMediaDto> {
    return this.uploadMedia.execute(ctx, body);
  }

  /** List messages, the newest first */
  @Get('messages')
  @Endpoint({ id: 'GetMessages', scope: 'messages:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<MessagePageDto> {
    return this.messages.list(ctx, query);
  }

  /** Get a message by id */
  @Get('messages/:messageId')
  @Endpoint({ id: 'GetMessage', scope: 'messages:read', errors: [MessageNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('messageId') id: string): Promise<MessageDto> {
    return this.messages.get(ctx, id);
  }

  /** List messaging conversations: who writes with whom, and until when anything may be sent */
  @Get('messaging-conversations')
  @Endpoint({ id: 'GetMessagingConversations', scope: 'messages:read', errors: [InvalidPageToken] })
  listConversations(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<MessagingConversationPageDto> {
    return this.conversations.list(ctx, query);
  }

  /** Get a messaging conversation by id: the conversationId of its messages */
  @Get('messaging-conversations/:id')
  @Endpoint({ id: 'GetMessagingConversation', scope: 'messages:read', errors: [MessagingConversationNotFound] })
  getConversation(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<MessagingConversationDto> {
    return this.conversations.get(ctx, id);
  }
}
