import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import { sortableId } from '../../platform/text/ids';
import type { MessageError, MessageType, MessageWork } from './message-provider';

export type MessageDirection = 'inbound' | 'outbound';
export const MESSAGE_STATUSES = ['pending', 'sent', 'delivered', 'read', 'failed', 'received'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** As MessageParty (contract). */
export interface MessageParty {
  providerId: string | null;
  address: string;
  role: 'user' | 'contact' | 'bot' | 'system';
  displayName: string | null;
  metadata: Record<string, unknown>;
}

export type StepStatus = 'pending' | 'processing' | 'completed' | 'failed' | 'skipped';

/** As MediaProcessing (contract): what is made of a file. */
export interface ProcessingStep {
  status: StepStatus;
  content: string | null;
  errorMessage: string | null;
  processedAt: string | null;
}
export interface MediaProcessing {
  textRepresentation: ProcessingStep;
  summary: ProcessingStep;
}

/** A file with a message, as a statement gives it. */
export interface AttachmentJson {
  id: number;
  type: 'image' | 'audio' | 'video' | 'document' | 'sticker' | 'file';
  file_id: string | null;
  media_id: string | null;
  metadata: Record<string, unknown>;
  media_processing: MediaProcessing | Record<string, never>;
}

/** A message as a statement gives it. */
export interface MessageRow {
  id: string;
  tenant_id: number;
  sequence: number;
  messaging_conversation_id: number;
  connection_id: number | null;
  provider_id: string | null;
  direction: MessageDirection;
  type: MessageType;
  status: MessageStatus;
  content: string;
  /** What is to be sent; of what came in, the provider's own object. */
  work: unknown;
  sender: MessageParty;
  recipient: MessageParty;
  contact_id: number | null;
  user_id: number | null;
  funnel_conversation_id: number | null;
  session_id: number | null;
  reply_to_id: string | null;
  metadata: Record<string, unknown>;
  custom_fields: Record<string, unknown>;
  errors: MessageError[];
  attempts: number;
  asked_at: string | null;
  sent_at: string | null;
  delivered_at: string | null;
  read_at: string | null;
  failed_at: string | null;
  created_at: string;
  updated_at: string;
  attachments: AttachmentJson[];
}

export interface NewMessage {
  messagingConversationId: number;
  connectionId: number;
  providerId?: string;
  direction: MessageDirection;
  type: MessageType;
  status: MessageStatus;
  content: string;
  work: MessageWork | Record<string, unknown>;
  sender: MessageParty;
  recipient: MessageParty;
  contactId: number | null;
  userId?: number | null;
  funnelConversationId?: number | null;
  sessionId?: number | null;
  replyToId?: string | null;
  metadata?: Record<string, unknown>;
  customFields?: Record<string, unknown>;
  errors?: MessageError[];
  /** Now, where absent. */
  at?: Date;
}

export interface NewAttachment {
  type: AttachmentJson['type'];
  fileId: string | null;
  mediaId?: string;
  metadata: Record<string, unknown>;
  mediaProcessing: MediaProcessing;
}

/** What leads a list of messages to a page: `alias` is of messages. */
export const messageColumns = (alias: string): string =>
  `${alias}.*, coalesce((SELECT json_agg(a ORDER BY a.id) FROM message_attachments a WHERE a.tenant_id = ${alias}.tenant_id AND a.message_id = ${alias}.id), '[]') AS attachments`;

const GET = new Statement<MessageRow>('message_get', `SELECT ${messageColumns('m')} FROM messages m WHERE m.tenant_id = $1 AND m.id = $2`);

// What was told before is left alone: undefined then.
const INSERT = new Statement<{ id: string }>(
  'message_insert',
  `INSERT INTO messages (id, tenant_id, messaging_conversation_id, connection_id, provider_id, direction, type, status, content, work, sender, recipient,
     contact_id, user_id, funnel_conversation_id, session_id, reply_to_id, metadata, custom_fields, errors, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, coalesce($21, now()))
   ON CONFLICT (provider_id, connection_id) DO NOTHING RETURNING id`,
);

const ATTACH = new Statement<{ id: number }>(
  'message_attach',
  `INSERT INTO message_attachments (tenant_id, message_id, type, file_id, media_id, metadata, media_processing)
   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
);

const FIRST_PENDING = new Statement<MessageRow>(
  'message_first_pending',
  `SELECT ${messageColumns('m')} FROM messages m WHERE m.tenant_id = $1 AND m.messaging_conversation_id = $2 AND m.status = 'pending' ORDER BY m.sequence LIMIT 1`,
);

const BY_PROVIDER_ID = new Statement<{ id: string; tenant_id: number }>('message_by_provider_id', 'SELECT id, tenant_id FROM messages WHERE connection_id = $1 AND provider_id = $2');

const OF_CONNECTION = new Statement<{ tenant_id: number }>('message_of_connection', 'SELECT tenant_id FROM messages WHERE id = $1 AND connection_id = $2');

const LOCK = new Statement<MessageRow>('message_lock', `SELECT ${messageColumns('m')} FROM messages m WHERE m.tenant_id = $1 AND m.id = $2 FOR NO KEY UPDATE OF m`);

const SAVE = new Statement(
  'message_save',
  `UPDATE messages SET status = $3, provider_id = $4, recipient = $5, errors = $6, metadata = $7, asked_at = $8, sent_at = $9, delivered_at = $10, read_at = $11, failed_at = $12,
     updated_at = now() WHERE tenant_id = $1 AND id = $2`,
);

const TRY = new Statement('message_try', 'UPDATE messages SET attempts = attempts + 1 WHERE tenant_id = $1 AND id = $2');

const ASK = new Statement<{ id: string }>('message_ask', `UPDATE messages SET asked_at = now() WHERE tenant_id = $1 AND id = $2 AND status = 'pending' AND attempts = $3 RETURNING id`);

const SAVE_PROCESSING = new Statement('message_save_processing', 'UPDATE message_attachments SET media_processing = $3 WHERE tenant_id = $1 AND id = $2');

/** What changes of a message after it was made. */
export type MessageState = Pick<MessageRow, 'status' | 'provider_id' | 'recipient' | 'errors' | 'metadata' | 'asked_at' | 'sent_at' | 'delivered_at' | 'read_at' | 'failed_at'>;

@Injectable()
export class MessagesRepository {
  get(em: EntityManager, tenantId: number, id: string): Promise<MessageRow | undefined> {
    return GET.row(em, [tenantId, id]);
  }

  /** @returns its id, or undefined where the connection has a message with this providerId already */
  async insert(em: EntityManager, tenantId: number, message: NewMessage): Promise<string | undefined> {
    const row = await INSERT.row(em, [
      sortableId('msg'),
      tenantId,
      message.messagingConversationId,
      message.connectionId,
      message.providerId ?? null,
      message.direction,
      message.type,
      message.status,
      message.content,
      JSON.stringify(message.work),
      JSON.stringify(message.sender),
      JSON.stringify(message.recipient),
      message.contactId,
      message.userId ?? null,
      message.funnelConversationId ?? null,
      message.sessionId ?? null,
      message.replyToId ?? null,
      JSON.stringify(message.metadata ?? {}),
      JSON.stringify(message.customFields ?? {}),
      JSON.stringify(message.errors ?? []),
      message.at ?? null,
    ]);
    return row?.id;
  }

  async attach(em: EntityManager, tenantId: number, messageId: string, { type, fileId, mediaId, metadata, mediaProcessing }: NewAttachment): Promise<number> {
    const row = await ATTACH.row(em, [tenantId, messageId, type, fileId, mediaId ?? null, JSON.stringify(metadata), JSON.stringify(mediaProcessing)]);
    return (row as { id: number }).id;
  }

  /** The next that a conversation is to send. */
  firstPending(em: EntityManager, tenantId: number, messagingConversationId: number): Promise<MessageRow | undefined> {
    return FIRST_PENDING.row(em, [tenantId, messagingConversationId]);
  }

  byProviderId(em: EntityManager, connectionId: number, providerId: string): Promise<{ id: string; tenant_id: number } | undefined> {
    return BY_PROVIDER_ID.row(em, [connectionId, providerId]);
  }

  /** Whose a message is that went out by this connection. */
  async tenantOf(em: EntityManager, connectionId: number, id: string): Promise<number | undefined> {
    return (await OF_CONNECTION.row(em, [id, connectionId]))?.tenant_id;
  }

  lock(em: EntityManager, tenantId: number, id: string): Promise<MessageRow | undefined> {
    return LOCK.row(em, [tenantId, id]);
  }

  async save(em: EntityManager, { tenant_id, id }: Pick<MessageRow, 'tenant_id' | 'id'>, state: MessageState): Promise<void> {
    const { status, provider_id, recipient, errors, metadata, asked_at, sent_at, delivered_at, read_at, failed_at } = state;
    const json = [recipient, errors, metadata].map((value) => JSON.stringify(value));
    await SAVE.rows(em, [tenant_id, id, status, provider_id, ...json, asked_at, sent_at, delivered_at, read_at, failed_at]);
  }

  /** Counts an attempt. */
  async begin(em: EntityManager, { tenant_id, id }: MessageRow): Promise<void> {
    await TRY.rows(em, [tenant_id, id]);
  }

  /** To be committed before the provider is asked. @returns whether it is still to be sent, and by this attempt */
  async ask(em: EntityManager, { tenant_id, id, attempts }: MessageRow): Promise<boolean> {
    return (await ASK.row(em, [tenant_id, id, attempts])) !== undefined;
  }

  async saveProcessing(em: EntityManager, tenantId: number, attachmentId: number, processing: MediaProcessing): Promise<void> {
    await SAVE_PROCESSING.rows(em, [tenantId, attachmentId, JSON.stringify(processing)]);
  }
}
