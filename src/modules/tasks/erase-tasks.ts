import { Injectable } from '@nestjs/common';
import { PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';

const MOST = 500;
const ERASE = new Statement<{ id: string }>(
  'task_erase',
  `DELETE FROM tasks WHERE tenant_id = $1 AND id = ANY(ARRAY(
     SELECT t.id FROM tasks t JOIN conversations v ON v.tenant_id = t.tenant_id AND v.id = t.conversation_id WHERE t.tenant_id = $1 AND v.contact_id = $2
     UNION ALL SELECT id FROM tasks WHERE tenant_id = $1 AND contact_id = $2
     LIMIT ${MOST})) RETURNING id`,
);

/** Forgets what was to be done for somebody. */
@Injectable()
export class EraseTasks {
  constructor(personalData: PersonalData) {
    personalData.register('attached', async (em, erasure) => {
      const { length } = await ERASE.rows(em, [erasure.tenantId, erasure.contactId]);
      erasure.removed('tasks', length);
      return length;
    });
    personalData.registerText({ table: 'tasks', key: { id: 'text' }, text: `concat_ws(' ', objective, subject, cancellation_reason)` });
  }
}
