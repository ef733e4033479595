import { ApiProperty } from '@nestjs/swagger';
import type { FilesApi } from '../../files';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { MESSAGE_TYPES, type MessageType } from '../message-provider';
import { type AttachmentJson, MESSAGE_STATUSES, type MediaProcessing, type MessageParty, type MessageRow, type MessageStatus, type ProcessingStep } from '../messages.repository';

const STEP_STATUSES = ['pending', 'processing', 'completed', 'failed', 'skipped'];
const ANY_OBJECT = { type: 'object' as const, additionalProperties: true };
const INSTANT = { type: String, format: 'date-time', nullable: true };

export class MessagePartyDto {
  /** Its id at WhatsApp: of our number, or of the contact. */
  providerId: string | null;
  /** E.164, or WhatsApp's id of somebody whose phone is hidden. */
  address: string;
  /** user, contact, bot or system. */
  role: string;
  displayName: string | null;
  @ApiProperty(ANY_OBJECT)
  metadata: Record<string, unknown>;
}

export class MediaProcessingStepDto {
  errorMessage: string | null;
  @ApiProperty(INSTANT)
  processedAt: string | null;
  content: string | null;
  @ApiProperty({ enum: STEP_STATUSES })
  status: string;
}

export class MediaProcessingDto {
  /** What is said in it, where it is audio and a transcriber is set up. */
  textRepresentation: MediaProcessingStepDto;
  summary: MediaProcessingStepDto;
}

export class MessageAttachmentDto {
  id: string;
  /** image, audio, video, document, sticker or file. */
  type: string;
  /** Opens without a key, for 15 minutes; takes Range. Read the message again for a new one. */
  url: string;
  /** A name for it that stays; it opens nothing. */
  unsignedUrl: string;
  fileId: string | null;
  @ApiProperty(ANY_OBJECT)
  metadata: Record<string, unknown>;
  mediaProcessing: MediaProcessingDto;
  /** What is behind fileId never changes. */
  isCacheable: boolean;
}

export class MessageErrorDto {
  code: number;
  title: string;
  message: string;
  href?: string;
  provider: string;
}

export class MessageDto {
  id: string;
  tenantId: string;
  /** All that one of our numbers and one person write to each other. */
  conversationId: string | null;
  funnelConversationId: number | null;
  sessionId: number | null;
  /** WhatsApp's id; null until it has taken the message. */
  providerId: string | null;
  contactId: number | null;
  userId: string | null;
  @ApiProperty({ enum: MESSAGE_TYPES })
  type: MessageType;
  /** Text or caption; of a template its name; of what has neither, JSON text. */
  content: string;
  /** It only moves forward. */
  @ApiProperty({ enum: MESSAGE_STATUSES })
  status: MessageStatus;
  @ApiProperty({ enum: ['inbound', 'outbound'] })
  direction: string;
  channel: string;
  sender: MessagePartyDto;
  recipient: MessagePartyDto;
  attachments: MessageAttachmentDto[];
  replyToMessageId: string | null;
  /** {provider: {…}} in WhatsApp's own words; {template: {…}} of a template. */
  @ApiProperty(ANY_OBJECT)
  metadata: Record<string, unknown>;
  /** Why it failed. */
  errors: MessageErrorDto[];
  @ApiProperty(ANY_OBJECT)
  customFields: Record<string, unknown>;
  /** Of its first attachment. */
  mediaProcessing?: MediaProcessingDto;
  @ApiProperty(INSTANT)
  sentAt: string | null;
  @ApiProperty(INSTANT)
  deliveredAt: string | null;
  @ApiProperty(INSTANT)
  readAt: string | null;
  @ApiProperty(INSTANT)
  failedAt: string | null;
  /** Of what came in: when it was written. */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static from(row: MessageRow, files: FilesApi): MessageDto {
    const attachments = row.attachments.map((attachment) => attachmentOf(row.tenant_id, attachment, files));
    return {
      id: row.id,
      tenantId: String(row.tenant_id),
      conversationId: String(row.messaging_conversation_id),
      funnelConversationId: row.funnel_conversation_id,
      sessionId: row.session_id,
      providerId: row.provider_id,
      contactId: row.contact_id,
      userId: row.user_id === null ? null : String(row.user_id),
      type: row.type,
      content: row.content,
      status: row.status,
      direction: row.direction,
      channel: 'whatsapp',
      sender: partyOf(row.sender),
      recipient: partyOf(row.recipient),
      attachments,
      replyToMessageId: row.reply_to_id,
      metadata: row.metadata,
      errors: row.errors,
      customFields: row.custom_fields,
      mediaProcessing: attachments[0]?.mediaProcessing,
      sentAt: row.sent_at,
      deliveredAt: row.delivered_at,
      readAt: row.read_at,
      failedAt: row.failed_at,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }
}

const partyOf = ({ providerId, address, role, displayName, metadata }: MessageParty): MessagePartyDto => ({ providerId, address, role, displayName, metadata });

const stepOf = ({ errorMessage, processedAt, content, status }: ProcessingStep): MediaProcessingStepDto => ({ errorMessage, processedAt, content, status });

const NOTHING_MADE: ProcessingStep = { status: 'skipped', content: null, errorMessage: null, processedAt: null };

function attachmentOf(tenantId: number, { id, type, file_id: fileId, metadata, media_processing }: AttachmentJson, files: FilesApi): MessageAttachmentDto {
  const { textRepresentation = NOTHING_MADE, summary = NOTHING_MADE } = media_processing as Partial<MediaProcessing>;
  return {
    id: String(id),
    type,
    // Of a file that has been deleted nothing opens any more.
    url: fileId === null ? '' : files.urlOf({ id: fileId, tenant_id: tenantId }),
    unsignedUrl: fileId === null ? '' : files.unsignedUrlOf(fileId),
    fileId,
    metadata,
    mediaProcessing: { textRepresentation: stepOf(textRepresentation), summary: stepOf(summary) },
    isCacheable: true,
  };
}

export class MessagePageDto extends pageOf(MessageDto) {}
