import { Injectable } from '@nestjs/common';
import { PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';

const RUNNING = new Statement<{ id: number }>(
  'import_running_since_before',
  `SELECT id FROM imports WHERE tenant_id = $1 AND created_at <= $2 AND status IN ('pending', 'running') LIMIT 1`,
);

/** Forgets rows of files that were about somebody. The files themselves are deleted once their import has ended. */
@Injectable()
export class EraseFailedRows {
  constructor(personalData: PersonalData) {
    personalData.registerText({
      table: 'import_errors',
      key: { import_id: 'bigint', row_number: 'int' },
      text: `array_to_string(cells, E'\\n') || E'\\n' || faults`,
      cells: true,
      // One that still runs may come to a row about them.
      isOpen: async (em, { tenantId, createdAt }) => (await RUNNING.row(em, [tenantId, createdAt])) !== undefined,
    });
    // What went wrong may quote some.
    personalData.registerText({
      table: 'imports',
      key: { id: 'bigint' },
      text: 'failure',
      where: 'failure IS NOT NULL',
      blank: `failure = 'it named somebody who has been erased'`,
    });
  }
}
