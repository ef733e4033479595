import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Events } from '../../platform/events/events';
import { TenantsService } from '../accounts';
import { CALL_ENDED, CallsApi, DISPOSITIONS, type Disposition } from '../calls';
import { ContactsApi } from '../contacts';
import { ConversationsApi } from '../conversations';
import { MESSAGE_FAILED, MessagesApi } from '../messages';
import { TasksApi } from '../tasks';
import { AutomationsService } from './automations.service';
import { type Trigger, filledIn } from './triggers';

/** Whom calling again, or asking for another number, may help. */
const UNANSWERED: ReadonlySet<Disposition> = new Set<Disposition>(['busy', 'no-answer', 'voicemail', 'invalid-number', 'no-line', 'provider-error', 'failed']);

const MINUTE_MS = 60_000;
const MAX_OBJECTIVE = 5000;

/** What happened to whom. */
interface Happening {
  trigger: Trigger;
  /** As `call 12`. */
  origin: string;
  contactId: number | null;
  address: string;
  conversationId: number | null;
  reason: string;
}

/** Opens a task where a call or a message came to nothing: one for each, and one at a time for each person. */
@Injectable()
export class OpenFollowUps {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tenants: TenantsService,
    private readonly automations: AutomationsService,
    private readonly calls: CallsApi,
    private readonly messages: MessagesApi,
    private readonly contacts: ContactsApi,
    private readonly conversations: ConversationsApi,
    private readonly tasks: TasksApi,
    events: Events,
  ) {
    const wants = (trigger: Trigger) => async (em: EntityManager, tenantId: number) => (await this.automations.enabled(em, tenantId, trigger)) !== undefined;
    events.subscribe(CALL_ENDED, { name: 'follow-up', wants: wants('call.unanswered'), handle: (tenantId, { callId }) => this.afterCall(tenantId, callId) });
    events.subscribe(MESSAGE_FAILED, { name: 'follow-up', wants: wants('message.undelivered'), handle: (tenantId, { messageId }) => this.afterMessage(tenantId, messageId) });
  }

  private async afterCall(tenantId: number, callId: number): Promise<void> {
    const call = await this.calls.get(this.dataSource.manager, tenantId, callId);
    if (call?.direction !== 'outgoing' || call.disposition === null || !UNANSWERED.has(call.disposition)) return;
    const { contact_id: contactId, funnel_conversation_id: conversationId, number: address, disposition } = call;
    await this.open(tenantId, { trigger: 'call.unanswered', origin: `call ${callId}`, contactId, conversationId, address, reason: DISPOSITIONS[disposition].meaning });
  }

  private async afterMessage(tenantId: number, messageId: string): Promise<void> {
    const message = await this.messages.get(this.dataSource.manager, tenantId, messageId);
    if (message?.status !== 'failed') return; // delivered after all
    const { contact_id: contactId, funnel_conversation_id: conversationId, address, errors } = message;
    const reason = errors.map(({ title, message: text }) => text || title).join('; ') || 'It could not be delivered';
    await this.open(tenantId, { trigger: 'message.undelivered', origin: `message ${messageId}`, contactId, conversationId, address, reason });
  }

  private async open(tenantId: number, { trigger, origin, contactId, address, conversationId, reason }: Happening): Promise<void> {
    await this.dataSource.transaction(async (em) => {
      const automation = await this.automations.enabled(em, tenantId, trigger);
      const ctx = automation && (await this.tenants.contextById(tenantId, origin));
      if (!ctx) return; // turned off meanwhile
      const contact = contactId === null ? undefined : (await this.contacts.getMany(em, ctx, [contactId])).get(contactId);
      const name = [contact?.firstName, contact?.lastName].filter(Boolean).join(' ') || 'somebody';
      await this.tasks.open(em, tenantId, {
        objective: filledIn(automation.objective, { name, address, reason }).slice(0, MAX_OBJECTIVE),
        assignedTo: automation.assignedTo,
        conversationId: conversationId ?? (contactId === null ? undefined : await this.conversations.latestOpen(em, tenantId, contactId)) ?? null,
        contactId,
        dueDate: new Date(Date.now() + automation.dueInMinutes * MINUTE_MS),
        origin,
        subject: `${trigger} ${contactId === null ? address : `contact ${contactId}`}`,
      });
    });
  }
}
