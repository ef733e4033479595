import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Outbox } from '../../platform/queue/outbox';

/** Job: {messagingConversationId, paced}. Its conversation's next message is to be sent. */
export const SEND_MESSAGE = 'message.send';

/** A conversation that has something to send has a job, or somebody who sends and will record one. */
@Injectable()
export class MessageQueue {
  constructor(private readonly outbox: Outbox) {}

  /** @param afterMs not before @param paced its turn has been taken: see MessagePace */
  send(em: EntityManager, tenantId: number, messagingConversationId: number, { afterMs = 0, paced = false } = {}): Promise<void> {
    return this.outbox.record(em, tenantId, SEND_MESSAGE, { messagingConversationId, paced }, afterMs > 0 ? new Date(Date.now() + afterMs) : undefined);
  }
}
