import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ChangeNotices } from '../../platform/database/change-notices';
import { ApiError } from '../../platform/errors/api-error';
import { withSmallHeap } from '../../platform/observability/small-heap';
import { JobHandlers } from '../../platform/queue/job-handlers';
import { JobSweep } from '../../platform/queue/job-sweep';
import { Outbox } from '../../platform/queue/outbox';
import { FileMissing, Storage } from '../../platform/storage/storage';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { TenantsService } from '../accounts';
import { CsvFile, isCsvError } from './csv-file';
import { type ImportRow, ImportsRepository } from './imports.repository';
import { type LoadHooks, LoadRows } from './load-rows';
import { type Totals, withChunk } from './tally';

/** Job: {importId}. */
export const RUN_IMPORT = 'import.run';

/** Job: {importId}. The file of one that was given up goes, if nobody has gone on with it. */
const FORGET_IMPORT = 'import.forget';
const HOUR_MS = 3600 * 1000;
const RESUMABLE_MS = 7 * 24 * HOUR_MS;

/** Notices of this topic name an import: it has come further, or has ended. */
export const IMPORTS_TOPIC = 'imports';

/** It has been canceled, or another process goes on with it. */
class Superseded extends Error {}

/** This process ends: another goes on. */
class Interrupted extends Error {}

/**
 * Runs an import: each chunk in one transaction with how far it has come, so that it happens once, whoever dies when, and also
 * where two run the same import: the second finds that the first has come further, and stops.
 */
@Injectable()
export class RunImport implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RunImport.name);
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly tenants: TenantsService,
    private readonly notices: ChangeNotices,
    private readonly storage: Storage,
    private readonly imports: ImportsRepository,
    private readonly loadRows: LoadRows,
    private readonly outbox: Outbox,
    handlers: JobHandlers,
    sweep: JobSweep,
  ) {
    handlers.register(RUN_IMPORT, ({ importId }, { tenantId }) => this.execute(tenantId as number, importId as number), {
      able: () => storage.usable,
      onGivenUp: (em, { importId }, { tenantId, attempts, error }) =>
        this.giveUp(em, tenantId as number, importId as number, `${attempts} tries came to nothing, the last because of: ${error}`),
    });
    handlers.register(FORGET_IMPORT, ({ importId }, { tenantId }) => this.forget(tenantId as number, importId as number), { able: () => storage.usable });
    sweep.register({
      type: RUN_IMPORT,
      key: 'importId',
      waiting: `SELECT tenant_id, id FROM imports WHERE status IN ('pending', 'running') AND updated_at < now() - interval '10 minutes'`,
    });
  }

  beforeApplicationShutdown(): void {
    this.stopped = true;
  }

  async execute(tenantId: number, id: number): Promise<void> {
    const em = this.dataSource.manager;
    const ctx = await this.tenants.contextById(tenantId, `${RUN_IMPORT} ${id}`);
    const row = ctx && (await this.imports.begin(em, tenantId, id));
    try {
      if (row) {
        await withSmallHeap(() => this.run(ctx, row));
        await this.end(row, 'completed');
      }
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      if (!(error instanceof Superseded)) {
        const failure = failureOf(error);
        if (failure === undefined) throw error;
        this.logger.warn(`Import ${id} has failed: ${failure}`);
        await this.end(row as ImportRow, 'failed', failure);
      }
    }
    await this.clear(tenantId, id);
  }

  private async run(ctx: TenantContext, row: ImportRow): Promise<void> {
    const file = await this.open(row);
    // Beside the loading, which waits for the database most of the time.
    const counted = row.total === null ? this.count(row, file) : undefined;
    counted?.catch(() => undefined); // where the loading fails, too, that is what is told
    const options = { ...row.options, kind: row.kind, targets: row.columns.map((column) => row.mapping[column] ?? 'ignore'), after: row.position };
    await this.loadRows.execute(ctx, file, options, this.advance(row));
    await counted;
  }

  private async count(row: ImportRow, file: CsvFile): Promise<void> {
    await this.imports.setTotal(this.dataSource.manager, row, await file.countRows());
  }

  /** How far it has come is kept with what a chunk writes. */
  private advance(row: ImportRow): LoadHooks {
    let totals = totalsOf(row);
    let position = row.position;
    return {
      within: async (em, chunk) => {
        if (this.stopped) throw new Interrupted();
        if (!(await this.imports.advance(em, row, position, chunk.position, withChunk(totals, chunk.logs), chunk.failed))) throw new Superseded();
        await this.notices.announce(em, IMPORTS_TOPIC, row.id);
      },
      afterwards: (chunk) => {
        totals = withChunk(totals, chunk.logs);
        position = chunk.position;
      },
    };
  }

  private async open({ storage_key: key, size, options }: ImportRow): Promise<CsvFile> {
    if (key === null) throw new FileMissing('of the import');
    return CsvFile.open({ size, open: () => this.storage.read(key) }, options.delimiter);
  }

  /** It can be resumed for some days: until then its file stays. */
  private async giveUp(em: EntityManager, tenantId: number, id: number, failure: string): Promise<void> {
    const advice = `POST /api/v1/imports/${id}/resume goes on where it was, for a week`;
    if (!(await this.imports.end(em, tenantId, id, 'failed', `${failure}. ${advice}`))) return;
    await this.notices.announce(em, IMPORTS_TOPIC, id);
    await this.outbox.record(em, tenantId, FORGET_IMPORT, { importId: id }, new Date(Date.now() + RESUMABLE_MS));
  }

  private async forget(tenantId: number, id: number): Promise<void> {
    const row = await this.imports.get(this.dataSource.manager, tenantId, id);
    // One that was resumed and given up again has its time from then on.
    if (row?.status === 'failed' && Date.parse(row.finished_at ?? '') < Date.now() - RESUMABLE_MS + HOUR_MS) await this.clear(tenantId, id);
  }

  private async end(row: ImportRow, status: 'completed' | 'failed', failure?: string): Promise<void> {
    await this.dataSource.transaction(async (em) => {
      await this.imports.end(em, row.tenant_id, row.id, status, failure);
      await this.notices.announce(em, IMPORTS_TOPIC, row.id);
    });
  }

  /** The file goes once nobody reads it any more: it is full of people. */
  private async clear(tenantId: number, id: number): Promise<void> {
    const row = await this.imports.get(this.dataSource.manager, tenantId, id);
    if (!row?.storage_key || row.status === 'running' || row.status === 'pending') return;
    await this.storage.delete(row.storage_key);
    await this.imports.forgetFile(this.dataSource.manager, row);
  }
}

const totalsOf = ({ counts, error_codes: errorCodes, warning_codes: warningCodes }: ImportRow): Totals => ({ counts, errorCodes, warningCodes });

/** What no further try would change; undefined for all else. */
function failureOf(error: unknown): string | undefined {
  if (error instanceof FileMissing) return 'its file is gone: send it again';
  if (isCsvError(error)) return `it is not valid CSV: ${error.message}. Rows before that are imported; mend the file and send it again`;
  return error instanceof ApiError && error.getStatus() < 500 ? error.message : undefined;
}
