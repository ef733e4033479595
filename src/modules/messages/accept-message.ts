import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { AccountsApi, UserNotFound } from '../accounts';
import type { CallerNumber, Connection } from '../connections';
import { ContactsApi, type NormalAddress } from '../contacts';
import { ChannelSessions } from '../conversations';
import type { FileRow } from '../files';
import type { MediaType, MessageType, MessageWork } from './message-provider';
import { MessageQueue } from './message-queue';
import { MessageNotFound, ReengagementRequired } from './messages.errors';
import { type MediaProcessing, type MessageRow, MessagesRepository, type ProcessingStep } from './messages.repository';
import { MessagingConversationsRepository } from './messaging-conversations.repository';
import { isWindowOpen } from './messaging-window';

/** A message that has passed every check that can be made without the person. */
export interface MessageOrder {
  connection: Connection;
  from: CallerNumber;
  to: NormalAddress;
  type: MessageType;
  /** As message.content shows it. */
  content: string;
  work: MessageWork;
  /** Of a work with a file. */
  file?: FileRow & { type: MediaType };
  userId: number | null;
  customFields?: Record<string, unknown>;
  replyToId?: string;
  metadata?: Record<string, unknown>;
}

const SKIPPED: ProcessingStep = { status: 'skipped', content: null, errorMessage: null, processedAt: null };
const NOT_PROCESSED: MediaProcessing = { textRepresentation: SKIPPED, summary: SKIPPED };

/** Where every message that is sent begins: kept as pending, with the job that sends it. */
@Injectable()
export class AcceptMessage {
  constructor(
    private readonly accounts: AccountsApi,
    private readonly contacts: ContactsApi,
    private readonly sessions: ChannelSessions,
    private readonly conversations: MessagingConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly queue: MessageQueue,
  ) {}

  /** @throws UserNotFound, MessageNotFound of what is answered, ReengagementRequired */
  async execute(em: EntityManager, ctx: TenantContext, order: MessageOrder): Promise<MessageRow> {
    const { connection, from, to, type, work, file, userId } = order;
    if (userId !== null && !(await this.accounts.knownUsers(em, ctx, [userId])).has(userId)) throw new UserNotFound();
    const contact = await this.contactOf(em, ctx, to);
    const conversation = await this.conversations.open(em, ctx.tenantId, from.number, to, contact?.id ?? null);
    if (work.type !== 'template' && !isWindowOpen(conversation)) throw new ReengagementRequired(conversation.last_inbound_at);
    const answered = order.replyToId === undefined ? undefined : await this.messages.get(em, ctx.tenantId, order.replyToId);
    if (order.replyToId !== undefined && answered?.messaging_conversation_id !== conversation.id) throw new MessageNotFound();
    const session = contact?.id && (await this.sessions.open(em, ctx.tenantId, { contactId: contact.id, channelType: 'WHATSAPP', address: to.address, messagingConversationId: String(conversation.id) }));
    // Where one waits before it, whoever sends that one goes on with this.
    if (!(await this.messages.firstPending(em, ctx.tenantId, conversation.id))) await this.queue.send(em, ctx.tenantId, conversation.id);
    const id = (await this.messages.insert(em, ctx.tenantId, {
      messagingConversationId: conversation.id,
      connectionId: connection.id,
      direction: 'outbound',
      type,
      status: 'pending',
      content: order.content,
      work,
      sender: { providerId: from.providerId, address: from.number, role: 'user', displayName: null, metadata: {} },
      recipient: { providerId: conversation.wa_id, address: to.address, role: 'contact', displayName: contact?.name ?? null, metadata: {} },
      contactId: contact?.id ?? null,
      userId,
      ...(session && session),
      replyToId: order.replyToId,
      customFields: order.customFields,
      metadata: order.metadata,
    })) as string;
    if (file) {
      const metadata = { fileName: file.file_name, contentType: file.content_type, size: file.size };
      await this.messages.attach(em, ctx.tenantId, id, { type: file.type, fileId: file.id, metadata, mediaProcessing: NOT_PROCESSED });
    }
    return (await this.messages.get(em, ctx.tenantId, id)) as MessageRow;
  }

  /** Whoever is written to is a contact. */
  private async contactOf(em: EntityManager, ctx: TenantContext, address: NormalAddress): Promise<{ id: number; name: string | null } | undefined> {
    const nobody = { firstName: null, lastName: null, nationalId: null, companyPosition: null, userId: null, customFields: {} };
    const contact = await this.contacts.findOrCreate(em, ctx, { ...nobody, addresses: [address] });
    if ('code' in contact || contact.id === undefined) return undefined; // one address leads to one person at most
    return { id: contact.id, name: [contact.firstName, contact.lastName].filter(Boolean).join(' ') || null };
  }
}
