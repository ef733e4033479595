import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Events } from '../../platform/events/events';
import { JobHandlers } from '../../platform/queue/job-handlers';
import { JobSweep } from '../../platform/queue/job-sweep';
import { Lease } from '../../platform/queue/lease';
import { TenantsService } from '../accounts';
import { ActivityApi } from '../activity';
import { type Connection, ConnectionDisputed, ConnectionsApi, PhoneNumbersApi } from '../connections';
import { FileNotFound, FileNotReady, FilesApi } from '../files';
import { MediaUploads } from './media-uploads';
import { MessagePace } from './message-pace';
import { MESSAGE_PROVIDER, type Later, type MessageError, type MessageExchange, type MessageProvider, type MessageWork, type Refused, type SendResult, type Sender, type Unknown } from './message-provider';
import { MessageQueue, SEND_MESSAGE } from './message-queue';
import { MessageTimings } from './message-timings';
import { MESSAGE_FAILED } from './messages.api';
import { type MessageRow, MessagesRepository } from './messages.repository';
import { type MessagingConversationRow, MessagingConversationsRepository } from './messaging-conversations.repository';

/** A message whose turn it is. */
interface Turn {
  conversation: MessagingConversationRow;
  message: MessageRow;
  /** The conversation is this process's for so long. */
  lease: Lease;
}

/** What came of a turn, and all that was said to the provider in it. */
interface Outcome {
  /** Undefined where there was nothing to send any more. */
  result?: (Omit<Extract<SendResult, { kind: 'accepted' }>, 'exchange'>) | { kind: 'media-gone'; error: MessageError } | Later | Refused | Unknown;
  exchanges: { communicationType: 'WhatsAppMedia' | 'WhatsAppMessage'; status: string; exchange: MessageExchange }[];
}

/** With all their waits, more than a day. */
const MAX_ATTEMPTS = 150;
const LEAST_WAIT_MS = 50;

/**
 * Sends a conversation's messages: in their order, one at a time, over any number of processes. What is asked of the provider
 * is written down before, and asked again only where that is known to have come to nothing, or nothing was heard of it for long
 * (docs/adr/0009-a-conversation-sends-one-message-at-a-time.md). Nothing is asked once the conversation may be another's.
 */
@Injectable()
export class SendMessage {
  private readonly logger = new Logger(SendMessage.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly tenants: TenantsService,
    private readonly connections: ConnectionsApi,
    private readonly phoneNumbers: PhoneNumbersApi,
    private readonly files: FilesApi,
    private readonly activity: ActivityApi,
    private readonly conversations: MessagingConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly uploads: MediaUploads,
    private readonly pace: MessagePace,
    private readonly queue: MessageQueue,
    private readonly timings: MessageTimings,
    private readonly events: Events,
    @Inject(MESSAGE_PROVIDER) private readonly provider: MessageProvider,
    handlers: JobHandlers,
    sweep: JobSweep,
  ) {
    handlers.register(SEND_MESSAGE, ({ messagingConversationId, paced }, { tenantId }) => this.execute(tenantId as number, messagingConversationId as number, paced === true));
    sweep.register({
      type: SEND_MESSAGE,
      key: 'messagingConversationId',
      waiting: `SELECT DISTINCT tenant_id, messaging_conversation_id AS id FROM messages WHERE status = 'pending' AND created_at < now() - interval '10 minutes'`,
    });
  }

  private async execute(tenantId: number, conversationId: number, paced: boolean): Promise<void> {
    const turn = await this.dataSource.transaction((em) => this.claim(em, tenantId, conversationId, paced));
    if (!turn) return;
    const outcome = await this.holding(turn, () => this.ask(turn)).catch(laterWhereDisputed);
    await this.dataSource.transaction((em) => this.settle(em, turn, outcome));
  }

  /** A file may take minutes, and whoever dies with it must not be waited for as long. */
  private async holding<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    let said: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      said = this.hold(turn);
    }, this.timings.leaseMs / 6);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      await said; // or it would hold what is given back
    }
  }

  private async hold({ conversation, lease }: Turn): Promise<void> {
    const since = Lease.now();
    try {
      if (await this.conversations.hold(this.dataSource.manager, conversation, this.timings.leaseMs)) lease.extend(since);
    } catch (error) {
      this.logger.warn(`Conversation ${conversation.id} is held, and could not say so: ${(error as Error).message}`);
    }
  }

  private async claim(em: EntityManager, tenantId: number, conversationId: number, paced: boolean): Promise<Turn | undefined> {
    const lease = new Lease(this.timings.leaseMs, Lease.now());
    const conversation = await this.conversations.lease(em, tenantId, conversationId, this.timings.leaseMs);
    const message = await this.messages.firstPending(em, tenantId, conversationId);
    if (!conversation) {
      // Somebody sends, or died while sending.
      const held = message && (await this.conversations.get(em, tenantId, conversationId));
      if (held) await this.queue.send(em, tenantId, conversationId, { afterMs: Date.parse(held.leased_until ?? held.updated_at) - Date.now() + LEAST_WAIT_MS, paced });
      return undefined;
    }
    const waitMs = message && (this.silenceOf(message) || (paced ? 0 : await this.pace.take(em, conversation)));
    if (message && !waitMs) {
      await this.messages.begin(em, message);
      return { conversation, message: { ...message, attempts: message.attempts + 1 }, lease };
    }
    await this.conversations.release(em, conversation);
    if (message) await this.queue.send(em, tenantId, conversationId, { afterMs: waitMs, paced: message.asked_at === null });
    return undefined;
  }

  /** How long to wait still for word of what may have been taken. */
  private silenceOf({ asked_at: askedAt }: MessageRow): number {
    return askedAt === null ? 0 : Math.max(0, Date.parse(askedAt) + this.timings.silenceMs - Date.now());
  }

  /** @throws LeaseLost */
  private async ask({ conversation, message, lease }: Turn): Promise<Outcome> {
    const em = this.dataSource.manager;
    const ctx = await this.tenants.contextById(message.tenant_id, `${SEND_MESSAGE} ${message.id}`);
    const connection = message.connection_id === null ? undefined : await this.connections.byId(em, message.connection_id);
    const from = ctx && (await this.phoneNumbers.callerFor(em, ctx, 'whatsapp', { number: conversation.our_number }));
    if (!connection || !from) return { result: refusal('The number, or the connection, that this message was to go out by has been deleted.'), exchanges: [] };
    const work = message.work as MessageWork;
    const outcome: Outcome = { exchanges: [] };
    const media = 'fileId' in work ? await this.mediaFor(connection, from, { tenantId: message.tenant_id, fileId: work.fileId, lease }, outcome) : undefined;
    if (outcome.result) return outcome;
    const replyTo = message.reply_to_id === null ? undefined : ((await this.messages.get(em, message.tenant_id, message.reply_to_id))?.provider_id ?? undefined);
    const to = { address: conversation.address, waId: conversation.wa_id };
    if (!(await this.messages.ask(em, message))) return outcome;
    const { exchange, ...result } = await this.provider.send(connection, { tenantId: message.tenant_id, messageId: message.id, from, to, work, media, replyTo }, lease);
    outcome.exchanges.push({ communicationType: 'WhatsAppMessage', status: statusOf(result.kind), exchange });
    return { ...outcome, result };
  }

  /** The provider's id of the file. Where there is none, `outcome` says why. */
  private async mediaFor(
    connection: Connection,
    from: Sender,
    { tenantId, fileId, lease }: { tenantId: number; fileId: string; lease: Lease },
    outcome: Outcome,
  ): Promise<{ id: string; fileName: string } | undefined> {
    try {
      const file = this.files.ready(await this.files.get(this.dataSource.manager, tenantId, fileId));
      const known = await this.uploads.find(connection, from, file);
      if (known) return { id: known, fileName: file.file_name };
      const { exchange, ...result } = await this.uploads.upload(connection, from, file, lease);
      outcome.exchanges.push({ communicationType: 'WhatsAppMedia', status: statusOf(result.kind), exchange });
      if (result.kind === 'accepted') return { id: result.mediaId, fileName: file.file_name };
      // A file that is there twice harms nobody.
      outcome.result = result.kind === 'unknown' ? { kind: 'later', scope: 'outage', error: unanswered(result.message) } : result;
    } catch (error) {
      if (!(error instanceof FileNotFound || error instanceof FileNotReady)) throw error;
      outcome.result = refusal(error.message);
    }
    return undefined;
  }

  /** Gives the conversation back, with a job where there is more to do. */
  private async settle(em: EntityManager, { conversation, message: claimed }: Turn, { result, exchanges }: Outcome): Promise<void> {
    await this.conversations.release(em, conversation, result?.kind === 'accepted' ? (result.waId ?? null) : null);
    const message = await this.messages.lock(em, claimed.tenant_id, claimed.id);
    // Of one that has been erased meanwhile nothing is kept.
    for (const { communicationType, status, exchange } of message ? exchanges : []) {
      await this.activity.record(em, claimed.tenant_id, { contactId: message?.contact_id ?? null, communicationType, source: 'api', status, ...exchange, messageId: claimed.id });
    }
    // Of an earlier attempt only that it was taken is still news.
    const isNews = message?.attempts === claimed.attempts || result?.kind === 'accepted';
    const afterMs = message && result && isNews ? await this.apply(em, conversation, message, result) : 0;
    if (await this.messages.firstPending(em, claimed.tenant_id, conversation.id)) await this.queue.send(em, claimed.tenant_id, conversation.id, { afterMs });
  }

  /** @returns in how many ms the conversation may go on */
  private async apply(em: EntityManager, conversation: MessagingConversationRow, message: MessageRow, result: NonNullable<Outcome['result']>): Promise<number> {
    if (result.kind === 'accepted') {
      await this.accept(em, message, result.providerId, result.waId);
      return 0;
    }
    if (message.status !== 'pending') return 0; // a webhook knew more
    if (result.kind === 'refused') {
      if (result.account) this.logger.error(`WhatsApp refuses the account of connection ${message.connection_id}: ${result.error.message}`);
      await this.fail(em, message, result.error);
      return 0;
    }
    const error = result.kind === 'unknown' ? unanswered(result.message) : result.error;
    if (message.attempts >= MAX_ATTEMPTS || Date.now() - Date.parse(message.created_at) > this.timings.maxAgeMs) {
      await this.fail(em, message, error);
      return 0;
    }
    if (result.kind === 'unknown') return this.timings.silenceMs;
    await this.messages.save(em, message, { ...message, asked_at: null });
    if (result.kind === 'media-gone') return this.uploadAnew(em, message, error);
    const ms = this.backoffOf(result, message.attempts);
    if (result.scope === 'number') await this.pace.block(em, message.tenant_id, conversation.our_number, ms);
    return ms;
  }

  private async accept(em: EntityManager, message: MessageRow, providerId: string, waId: string | undefined): Promise<void> {
    const { status, sent_at: sentAt } = message;
    await this.messages.save(em, message, {
      ...message,
      status: status === 'pending' ? 'sent' : status,
      provider_id: message.provider_id ?? providerId,
      recipient: waId === undefined ? message.recipient : { ...message.recipient, providerId: waId },
      sent_at: sentAt ?? new Date().toISOString(),
      asked_at: null,
    });
  }

  private async fail(em: EntityManager, message: MessageRow, error: MessageError): Promise<void> {
    await this.messages.save(em, message, { ...message, status: 'failed', errors: [error], asked_at: null, failed_at: new Date().toISOString() });
    await this.events.record(em, message.tenant_id, MESSAGE_FAILED, { messageId: message.id });
  }

  /** Once: a file that it forgets at once it does not want. */
  private async uploadAnew(em: EntityManager, message: MessageRow, error: MessageError): Promise<number> {
    const { fileId } = message.work as { fileId: string };
    await this.uploads.forget(em, message.tenant_id, fileId, message.connection_id as number, message.sender.address);
    if (message.attempts > 2) await this.fail(em, message, error);
    return 0;
  }

  private backoffOf({ scope, retryAfterMs }: Later, attempts: number): number {
    const { pairBackoffMs, backoffMs, maxBackoffMs } = this.timings;
    const ms = scope === 'pair' ? pairBackoffMs * 4 ** attempts : backoffMs * 2 ** attempts * (0.75 + Math.random() / 2);
    return Math.max(retryAfterMs ?? 0, Math.min(ms, maxBackoffMs));
  }
}

const statusOf = (kind: string): string => kind.toUpperCase().replace('-', '_');

const OURS = { code: 0, provider: 'llamador' };

/** Nothing was asked: the processes have to be given the same account first. */
function laterWhereDisputed(error: unknown): Outcome {
  if (!(error instanceof ConnectionDisputed)) throw error;
  return { result: { kind: 'later', scope: 'outage', error: { ...OURS, title: 'Not sent yet', message: error.message } }, exchanges: [] };
}

const refusal = (message: string): Refused => ({ kind: 'refused', account: false, error: { ...OURS, title: 'Cannot be sent', message } });

const unanswered = (message: string): MessageError => ({ ...OURS, title: 'No answer', message: `WhatsApp gave no answer: ${message}` });
