import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { NormalAddress } from '../contacts';
import { type FileRow, FilesApi } from '../files';
import { AcceptMessage } from './accept-message';
import { Addressing } from './addressing';
import type { CreateMessageDto } from './dto/send-message.dto';
import { MEDIA_TYPES, MESSAGE_PROVIDER, type MediaType, type MessageProvider, type MessageWork, type ObjectType, SENDABLE_TYPES, type SendableType } from './message-provider';
import { TypeNotSendable } from './messages.errors';
import { type MessageRow, MessagesRepository } from './messages.repository';

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;
const WITHOUT_CAPTION: readonly string[] = ['audio', 'sticker'];

const isMedia = (type: string): type is MediaType => (MEDIA_TYPES as readonly string[]).includes(type);

/** A free-form message: anything but a template, while the contact's last message is less than 24 hours old. */
@Injectable()
export class CreateMessage {
  constructor(
    private readonly db: TenantDb,
    private readonly addressing: Addressing,
    private readonly files: FilesApi,
    private readonly messages: MessagesRepository,
    private readonly accept: AcceptMessage,
    @Inject(MESSAGE_PROVIDER) private readonly provider: MessageProvider,
  ) {}

  /** @throws ValidationFailed, TypeNotSendable, FileNotFound, FileNotReady, SenderNotFound, ReengagementRequired, UserNotFound, MessageNotFound */
  execute(ctx: TenantContext, body: CreateMessageDto): Promise<MessageRow> {
    return this.db.write(ctx, async (em) => {
      const faults = Faults.of(body);
      const type = sendable(body.type, faults);
      const connection = await this.addressing.connectionOf(em, ctx);
      const to = this.addressing.recipientOf(ctx, connection, body.toPhoneNumber, faults);
      const file = type && (await this.fileOf(em, ctx, type, body.fileId, faults));
      const work = type && this.workOf(type, body, faults);
      faults.throwIfAny();
      const from = await this.addressing.senderOf(em, ctx, body.fromPhoneNumber);
      const { content, customFields, userId = ctx.actor.userId } = body;
      const order = { connection, from, to: to as NormalAddress, type: type as SendableType, content, file, userId, customFields, replyToId: body.replyToMessageId ?? undefined };
      return this.accept.execute(em, ctx, { ...order, work: await this.translated(em, ctx, work as MessageWork) });
    });
  }

  /** The file of a message that is one. @throws FileNotFound, FileNotReady */
  private async fileOf(em: EntityManager, ctx: TenantContext, type: SendableType, fileId: string | undefined, faults: Faults): Promise<(FileRow & { type: MediaType }) | undefined> {
    if (!isMedia(type)) {
      if (fileId) faults.add('fileId', 'INVALID_VALUE', `goes with ${MEDIA_TYPES.join(', ')} only: leave it out`);
      return undefined;
    }
    if (!fileId) {
      faults.add('fileId', 'REQUIRED_FIELD', 'is required: send the file with POST /api/v1/files before');
      return undefined;
    }
    const file = this.files.ready(await this.files.get(em, ctx.tenantId, fileId));
    const { contentTypes, maxBytes } = this.provider.media[type];
    if (!contentTypes.includes(file.content_type)) {
      faults.add('fileId', 'INVALID_VALUE', `is of type ${file.content_type}, and WhatsApp takes as ${type}: ${contentTypes.join(', ')}`);
    } else if (file.size > maxBytes) {
      faults.add('fileId', 'INVALID_VALUE', `has ${file.size} bytes, and WhatsApp takes as ${type} at most ${maxBytes}`);
    }
    return { ...file, type };
  }

  private workOf(type: SendableType, { content, fileId }: CreateMessageDto, faults: Faults): MessageWork | undefined {
    if (faults.at('content')) return undefined;
    if (type === 'text') {
      if (content.trim() === '') faults.add('content', 'REQUIRED_FIELD', 'is required: the text');
      if (content.length > MAX_TEXT) faults.add('content', 'VALUE_TOO_LONG', `must have at most ${MAX_TEXT} characters`);
      return { type, text: content };
    }
    if (isMedia(type)) {
      if (WITHOUT_CAPTION.includes(type) && content !== '') faults.add('content', 'INVALID_VALUE', `must be empty: WhatsApp shows no caption with ${type}`);
      if (content.length > MAX_CAPTION) faults.add('content', 'VALUE_TOO_LONG', `is a caption, and must have at most ${MAX_CAPTION} characters`);
      return { type, fileId: fileId ?? '', ...(content !== '' && { caption: content }) };
    }
    return this.objectOf(type, content, faults);
  }

  private objectOf(type: ObjectType, content: string, faults: Faults): MessageWork | undefined {
    let object: unknown;
    try {
      object = JSON.parse(content);
    } catch {
      faults.add('content', 'INVALID_FORMAT', `must be the JSON text of a ${type} object of WhatsApp's Cloud API`);
      return undefined;
    }
    for (const { path, message } of this.provider.faultsOfObject(type, object)) faults.add(path === '' ? 'content' : `content.${path}`, 'INVALID_VALUE', message);
    return { type, object };
  }

  /** A reaction names a message of ours by our id, too: WhatsApp knows its own only. */
  private async translated(em: EntityManager, ctx: TenantContext, work: MessageWork): Promise<MessageWork> {
    const { message_id: id } = work.type === 'reaction' ? (work.object as { message_id: string }) : { message_id: '' };
    if (work.type !== 'reaction' || !id.startsWith('msg_')) return work;
    const providerId = (await this.messages.get(em, ctx.tenantId, id))?.provider_id;
    if (!providerId) {
      const faults = new Faults();
      faults.add('content.message_id', 'INVALID_VALUE', 'names no message that WhatsApp has');
      faults.throwIfAny();
    }
    return { ...work, object: { ...(work.object as object), message_id: providerId } };
  }
}

/** @throws TypeNotSendable */
function sendable(type: string, faults: Faults): SendableType | undefined {
  if (faults.at('type')) return undefined;
  if (!(SENDABLE_TYPES as readonly string[]).includes(type)) throw new TypeNotSendable(type);
  return type as SendableType;
}
