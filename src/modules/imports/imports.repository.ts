import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { ImportKind, Target } from './column-mapping';
import type { FailedRow } from './errors-csv';
import type { KindOptions } from './import-kinds';
import type { Counts, Totals } from './tally';

export const IMPORT_STATUSES = ['pending', 'running', 'completed', 'failed', 'canceled'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

export interface StoredOptions extends KindOptions {
  dryRun: boolean;
  delimiter?: string;
}

/** An import as a statement gives it. */
export interface ImportRow {
  id: number;
  tenant_id: number;
  kind: ImportKind;
  status: ImportStatus;
  file_name: string;
  size: number;
  storage_key: string | null;
  columns: string[];
  mapping: Record<string, Target>;
  options: StoredOptions;
  position: number;
  total: number | null;
  counts: Counts;
  error_codes: Record<string, number>;
  warning_codes: Record<string, number>;
  failure: string | null;
  started_at: string | null;
  finished_at: string | null;
  created_at: string;
  updated_at: string;
}

export type NewImport = Pick<ImportRow, 'kind' | 'file_name' | 'size' | 'columns' | 'mapping' | 'options'> & { storage_key: string };

const INSERT = new Statement<ImportRow>(
  'import_insert',
  `INSERT INTO imports (tenant_id, kind, file_name, size, storage_key, columns, mapping, options) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *`,
);

const GET = new Statement<ImportRow>('import_get', 'SELECT * FROM imports WHERE tenant_id = $1 AND id = $2');

const RESUMABLE = `(status = 'failed' AND storage_key IS NOT NULL)`;

// One that was given up goes on, as long as its file is there. A dry run that was cut off has written nothing: it begins anew.
const BEGIN = new Statement<ImportRow>(
  'import_begin',
  `UPDATE imports SET status = 'running', failure = NULL, finished_at = NULL, started_at = coalesce(started_at, now()), updated_at = now(),
     position = CASE WHEN (options->>'dryRun')::boolean THEN 0 ELSE position END,
     counts = CASE WHEN (options->>'dryRun')::boolean THEN '{"successful": 0, "warnings": 0, "duplicates": 0, "errors": 0, "total": 0}'::jsonb ELSE counts END,
     error_codes = CASE WHEN (options->>'dryRun')::boolean THEN '{}'::jsonb ELSE error_codes END,
     warning_codes = CASE WHEN (options->>'dryRun')::boolean THEN '{}'::jsonb ELSE warning_codes END
   WHERE tenant_id = $1 AND id = $2 AND (status IN ('pending', 'running') OR ${RESUMABLE}) RETURNING *`,
);

const RESUME = new Statement<ImportRow>(
  'import_resume',
  `UPDATE imports SET status = 'pending', failure = NULL, finished_at = NULL, updated_at = now() WHERE tenant_id = $1 AND id = $2 AND ${RESUMABLE} RETURNING *`,
);

const CLEAR_ERRORS = new Statement('import_clear_errors', 'DELETE FROM import_errors WHERE tenant_id = $1 AND import_id = $2');

const SET_TOTAL = new Statement('import_set_total', 'UPDATE imports SET total = $3, updated_at = now() WHERE tenant_id = $1 AND id = $2');

const ADVANCE = new Statement<{ id: number }>(
  'import_advance',
  `UPDATE imports SET position = $4, counts = $5, error_codes = $6, warning_codes = $7, updated_at = now()
   WHERE tenant_id = $1 AND id = $2 AND status = 'running' AND position = $3 RETURNING id`,
);

const ADD_ERRORS = new Statement(
  'import_add_errors',
  `INSERT INTO import_errors (import_id, tenant_id, row_number, cells, faults)
   SELECT $2, $1, sent.number, ARRAY(SELECT json_array_elements_text(sent.cells::json)), sent.faults FROM unnest($3::int[], $4::text[], $5::text[]) AS sent (number, cells, faults)`,
);

const END = new Statement<ImportRow>(
  'import_end',
  `UPDATE imports SET status = $3, failure = $4, finished_at = now(), updated_at = now() WHERE tenant_id = $1 AND id = $2 AND status IN ('pending', 'running') RETURNING *`,
);

const FORGET_FILE = new Statement('import_forget_file', 'UPDATE imports SET storage_key = NULL WHERE tenant_id = $1 AND id = $2');

const ERRORS = new Statement<FailedRow>(
  'import_errors_after',
  'SELECT row_number AS number, cells, faults FROM import_errors WHERE tenant_id = $1 AND import_id = $2 AND row_number > $3 ORDER BY row_number LIMIT $4',
);

@Injectable()
export class ImportsRepository {
  async insert(em: EntityManager, ctx: TenantContext, { kind, file_name, size, storage_key, columns, mapping, options }: NewImport): Promise<ImportRow> {
    return (await INSERT.row(em, [ctx.tenantId, kind, file_name, size, storage_key, columns, JSON.stringify(mapping), JSON.stringify(options)])) as ImportRow;
  }

  get(em: EntityManager, tenantId: number, id: number): Promise<ImportRow | undefined> {
    return GET.row(em, [tenantId, id]);
  }

  /** @returns undefined where it has ended */
  async begin(em: EntityManager, tenantId: number, id: number): Promise<ImportRow | undefined> {
    const row = await BEGIN.row(em, [tenantId, id]);
    if (row?.options.dryRun) await CLEAR_ERRORS.rows(em, [tenantId, id]);
    return row;
  }

  /** @returns undefined where it has not failed, or its file is gone */
  resume(em: EntityManager, tenantId: number, id: number): Promise<ImportRow | undefined> {
    return RESUME.row(em, [tenantId, id]);
  }

  async setTotal(em: EntityManager, { tenant_id, id }: ImportRow, total: number): Promise<void> {
    await SET_TOTAL.rows(em, [tenant_id, id, total]);
  }

  /** @returns false where it has been canceled, or somebody else has come further: then nothing of the chunk may be kept */
  async advance(em: EntityManager, { tenant_id, id }: ImportRow, from: number, to: number, { counts, errorCodes, warningCodes }: Totals, failed: FailedRow[]): Promise<boolean> {
    const json = [counts, errorCodes, warningCodes].map((value) => JSON.stringify(value));
    if (!(await ADVANCE.row(em, [tenant_id, id, from, to, ...json]))) return false;
    if (failed.length > 0) await ADD_ERRORS.rows(em, [tenant_id, id, failed.map(({ number }) => number), failed.map(({ cells }) => JSON.stringify(cells)), failed.map(({ faults }) => faults)]);
    return true;
  }

  /** @returns undefined where it has ended before */
  end(em: EntityManager, tenantId: number, id: number, status: ImportStatus, failure: string | null = null): Promise<ImportRow | undefined> {
    return END.row(em, [tenantId, id, status, failure]);
  }

  async forgetFile(em: EntityManager, { tenant_id, id }: ImportRow): Promise<void> {
    await FORGET_FILE.rows(em, [tenant_id, id]);
  }

  /** The next of the rows that failed. */
  errorsAfter(em: EntityManager, { tenant_id, id }: ImportRow, number: number, limit: number): Promise<FailedRow[]> {
    return ERRORS.rows(em, [tenant_id, id, number, limit]);
  }
}
