import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Erasure, PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';

const ERASE = new Statement<{ id: string }>(
  'task_erase',
  'DELETE FROM tasks t USING conversations v WHERE v.tenant_id = t.tenant_id AND v.id = t.conversation_id AND t.tenant_id = $1 AND v.contact_id = $2 RETURNING t.id',
);
const ERASE_MENTIONS = new Statement<{ id: string }>(
  'task_erase_mentions',
  'DELETE FROM tasks WHERE tenant_id = $1 AND (objective ~* ANY($2::text[]) OR subject ~* ANY($2::text[]) OR cancellation_reason ~* ANY($2::text[])) RETURNING id',
);

/** Forgets what was to be done for somebody. */
@Injectable()
export class EraseTasks {
  constructor(personalData: PersonalData) {
    const erase = async (em: EntityManager, erasure: Erasure, statement: typeof ERASE, by: unknown) =>
      erasure.removed('tasks', (await statement.rows(em, [erasure.tenantId, by])).length);
    personalData.register('attached', (em, erasure) => erase(em, erasure, ERASE, erasure.contactId));
    personalData.register('mentions', (em, erasure) => erase(em, erasure, ERASE_MENTIONS, erasure.patterns));
  }
}
