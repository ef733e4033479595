import { Injectable } from '@nestjs/common';
import { PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';

/** Rows that failed are as they were sent: phones are known by their last digits, however they are written. */
const DIGITS = 8;

const ERASE = new Statement<{ row_number: number }>(
  'import_error_erase',
  `DELETE FROM import_errors e WHERE e.tenant_id = $1
     AND ((array_to_string(e.cells, ' ') || ' ' || e.faults) ~* ANY($2::text[])
       OR EXISTS (SELECT FROM unnest(e.cells) AS cell WHERE right(regexp_replace(cell, '\\D', '', 'g'), ${DIGITS}) = ANY($3::text[])))
   RETURNING row_number`,
);

/** What went wrong may quote some. */
const ERASE_FAILURES = new Statement(
  'import_failure_erase',
  `UPDATE imports SET failure = 'it named somebody who has been erased' WHERE tenant_id = $1 AND failure ~* ANY($2::text[])`,
);

/** Forgets rows of files that were about somebody. The files themselves are deleted once their import has ended. */
@Injectable()
export class EraseFailedRows {
  constructor(personalData: PersonalData) {
    personalData.register('mentions', async (em, erasure) => {
      const endings = erasure.numbers.map((number) => number.slice(-DIGITS));
      erasure.removed('import_errors', (await ERASE.rows(em, [erasure.tenantId, erasure.patterns, endings])).length);
      await ERASE_FAILURES.rows(em, [erasure.tenantId, erasure.patterns]);
    });
  }
}
