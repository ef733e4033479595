import { isDeepStrictEqual } from 'node:util';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Events } from '../../platform/events/events';
import { TenantsService } from '../accounts';
import { ActivityApi } from '../activity';
import { type SubjectKey, subjectKey } from '../../platform/text/subjects';
import { type Connection, PhoneNumbersApi, type WebhookSubject } from '../connections';
import { type NormalAddress, isFault } from '../contacts';
import { whatsAppAddressOf } from './addressing';
import { mergeStatus } from './merge-status';
import type { MarketingPreference, MessageEvent, MessageStatusReport, OurNumber } from './message-provider';
import { MessageQueue } from './message-queue';
import { MESSAGE_FAILED } from './messages.api';
import { MessagesRepository } from './messages.repository';
import { MessagingConversationsRepository } from './messaging-conversations.repository';
import { ReceiveMessage } from './receive-message';

/** The person wants no marketing: said of a template, by a failed status. */
const MARKETING_STOPPED = 131050;

/** The one way in which what a provider tells of messages comes in: in any order, any number of times. */
@Injectable()
export class MessageReports {
  private readonly logger = new Logger(MessageReports.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly tenants: TenantsService,
    private readonly phoneNumbers: PhoneNumbersApi,
    private readonly activity: ActivityApi,
    private readonly conversations: MessagingConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly receiveMessage: ReceiveMessage,
    private readonly queue: MessageQueue,
    private readonly events: Events,
  ) {}

  /** What is about no number and no message of ours is dropped: an account may serve others, too. @returns what it was about */
  async apply(connection: Connection, event: MessageEvent): Promise<WebhookSubject | undefined> {
    if (event.kind === 'status') return this.applyStatus(connection, event);
    const owner = await this.phoneNumbers.ownerOf(this.dataSource.manager, connection, event.to.providerId, event.to.displayNumber);
    const ctx = owner && (await this.tenants.contextById(owner.tenantId, `webhook of connection ${connection.id}`));
    if (!ctx) {
      this.logger.debug(`WhatsApp tells of the number ${nameOf(event.to)}, which nobody has here`);
      return undefined;
    }
    const { tenantId } = ctx;
    if (event.kind === 'message') return { tenantId, subjects: await this.receiveMessage.execute(ctx, connection, owner.number, event) };
    const { phone, userId } = event.from;
    const address = whatsAppAddressOf(ctx, connection, phone === undefined ? (userId ?? '') : `+${phone}`);
    return { tenantId, subjects: isFault(address) ? [] : await this.applyPreference(tenantId, owner.number, address, event) };
  }

  private applyStatus(connection: Connection, report: MessageStatusReport): Promise<WebhookSubject | undefined> {
    return this.dataSource.transaction(async (em) => {
      const tenantId = report.messageId === undefined ? undefined : await this.messages.tenantOf(em, connection.id, report.messageId);
      const known = tenantId === undefined ? await this.messages.byProviderId(em, connection.id, report.providerId) : { id: report.messageId as string, tenant_id: tenantId };
      const message = known && (await this.messages.lock(em, known.tenant_id, known.id));
      if (message?.direction !== 'outbound') {
        this.logger.debug(`WhatsApp tells of a message that was not sent here: ${report.providerId}`);
        return undefined;
      }
      const about = { tenantId: message.tenant_id, subjects: [subjectKey('message', message.id)] };
      // WhatsApp's time is in whole seconds: nothing happens to a message before there is one.
      const at = Date.parse(report.at) < Date.parse(message.created_at) ? message.created_at : report.at;
      const next = mergeStatus(message, { ...report, at });
      if (isDeepStrictEqual(next, message)) return about; // told before
      await this.messages.save(em, message, next);
      if (next.status === 'failed' && message.status !== 'failed') await this.events.record(em, message.tenant_id, MESSAGE_FAILED, { messageId: message.id });
      const { tenant_id, contact_id: contactId, id: messageId, messaging_conversation_id: conversationId } = message;
      const entry = { communicationType: 'WhatsAppStatus', source: 'webhook', status: report.status.toUpperCase(), request: report.payload, response: null };
      await this.activity.record(em, tenant_id, { ...entry, contactId, contactedAt: new Date(report.at), messageId });
      if (report.errors.some(({ code }) => code === MARKETING_STOPPED)) await this.conversations.setMarketing(em, tenant_id, conversationId, new Date(report.at));
      // The job of one of which nobody knew waits for a minute yet.
      if (message.status === 'pending') await this.queue.send(em, tenant_id, conversationId);
      return about;
    });
  }

  private async applyPreference(tenantId: number, ourNumber: string, address: NormalAddress, event: MarketingPreference): Promise<SubjectKey[]> {
    return this.dataSource.transaction(async (em) => {
      const conversation = await this.conversations.open(em, tenantId, ourNumber, address, null);
      await this.conversations.setMarketing(em, tenantId, conversation.id, event.optedOut ? new Date(event.at) : null);
      const entry = { communicationType: 'WhatsAppPreference', source: 'webhook', status: event.optedOut ? 'OPTED_OUT' : 'OPTED_IN', request: event.payload, response: null };
      await this.activity.record(em, tenantId, { ...entry, contactId: conversation.contact_id, contactedAt: new Date(event.at) });
      return conversation.contact_id === null ? [] : [subjectKey('contact', conversation.contact_id)];
    });
  }
}

const nameOf = ({ providerId, displayNumber }: OurNumber): string => displayNumber ?? providerId;
