import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { EventType } from '../../platform/events/events';
import type { MessageError } from './message-provider';

/** A message of ours will not be delivered. */
export const MESSAGE_FAILED: EventType<{ messageId: string }> = { name: 'message.failed' };

/** What others may know of a message. */
export interface KnownMessage {
  id: string;
  /** Of the person: E.164, or an id of WhatsApp's. */
  address: string;
  contact_id: number | null;
  funnel_conversation_id: number | null;
  status: string;
  errors: MessageError[];
}

const GET = new Statement<KnownMessage>(
  'message_known',
  `SELECT m.id, v.address, m.contact_id, m.funnel_conversation_id, m.status, m.errors
   FROM messages m JOIN messaging_conversations v ON v.tenant_id = m.tenant_id AND v.id = m.messaging_conversation_id
   WHERE m.tenant_id = $1 AND m.id = $2`,
);

/** What other modules may ask of messages. */
@Injectable()
export class MessagesApi {
  get(em: EntityManager, tenantId: number, id: string): Promise<KnownMessage | undefined> {
    return GET.row(em, [tenantId, id]);
  }
}
