import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import { sortableId } from '../../platform/text/ids';
import type { PartyType } from './party-type';

export interface FollowUp {
  objective: string;
  assignedTo: { type: PartyType; id: string };
  /** Where it still exists. */
  conversationId: number | null;
  contactId: number | null;
  dueDate: Date;
  /** What opens it, as `call 12`: once. */
  origin: string;
  /** What it is about, as `call.unanswered contact 7`: while one is to be done, another is not opened. */
  subject: string;
}

const OPEN = new Statement<{ id: string }>(
  'task_open',
  `INSERT INTO tasks (id, tenant_id, objective, conversation_id, created_by_type, created_by_id, assigned_to_type, assigned_to_id, status, due_date, origin, subject, contact_id)
   VALUES ($1, $2, $3, (SELECT v.id FROM conversations v WHERE v.tenant_id = $2 AND v.id = $4), 'ai_employee', 'automation', $5, $6, 'scheduled', $7, $8, $9,
     (SELECT c.id FROM contacts c WHERE c.tenant_id = $2 AND c.id = $10))
   ON CONFLICT DO NOTHING RETURNING id`,
);

/** What other modules may ask of tasks. */
@Injectable()
export class TasksApi {
  /** @returns its id; undefined where it was opened before, or another about the same is to be done */
  async open(em: EntityManager, tenantId: number, { objective, assignedTo, conversationId, contactId, dueDate, origin, subject }: FollowUp): Promise<string | undefined> {
    return (await OPEN.row(em, [sortableId('task'), tenantId, objective, conversationId, assignedTo.type, assignedTo.id, dueDate, origin, subject, contactId]))?.id;
  }
}
