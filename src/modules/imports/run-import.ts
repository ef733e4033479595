import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChangeNotices } from '../../platform/database/change-notices';
import { TenantDb } from '../../platform/database/tenant-db';
import { ApiError } from '../../platform/errors/api-error';
import { withSmallHeap } from '../../platform/observability/small-heap';
import { JobHandlers } from '../../platform/queue/job-handlers';
import { FileMissing, Storage } from '../../platform/storage/storage';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { TenantsService } from '../accounts';
import { CsvFile, isCsvError } from './csv-file';
import { type ImportRow, ImportsRepository } from './imports.repository';
import { type LoadHooks, LoadRows } from './load-rows';
import { type Totals, withChunk } from './tally';

/** Job: {importId}. */
export const RUN_IMPORT = 'import.run';

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
    private readonly db: TenantDb,
    private readonly dataSource: DataSource,
    private readonly tenants: TenantsService,
    private readonly notices: ChangeNotices,
    private readonly storage: Storage,
    private readonly imports: ImportsRepository,
    private readonly loadRows: LoadRows,
    handlers: JobHandlers,
  ) {
    handlers.register(
      RUN_IMPORT,
      ({ importId }, { tenantId }) => this.execute(tenantId as number, importId as number),
      () => storage.usable,
    );
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
    const load = (inside: TenantContext, hooks: LoadHooks): Promise<void> => this.loadRows.execute(inside, file, options, hooks);
    // What a dry run finds out is kept outside of the transaction that never commits.
    if (row.options.dryRun) await this.db.rehearse(ctx, (rehearsal) => load(rehearsal, { afterwards: this.advance(row) }));
    else await load(ctx, this.advanceWithin(row));
    await counted;
  }

  private async count(row: ImportRow, file: CsvFile): Promise<void> {
    await this.imports.setTotal(this.dataSource.manager, row, await file.countRows());
  }

  /** For a chunk that is kept with what it writes. */
  private advanceWithin(row: ImportRow): LoadHooks {
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

  private advance(row: ImportRow): NonNullable<LoadHooks['afterwards']> {
    const { within, afterwards } = this.advanceWithin(row);
    return async (chunk) => {
      await this.dataSource.transaction((em) => (within as NonNullable<LoadHooks['within']>)(em, chunk));
      await afterwards?.(chunk);
    };
  }

  private async open({ storage_key: key, size, options }: ImportRow): Promise<CsvFile> {
    if (key === null) throw new FileMissing('of the import');
    return CsvFile.open({ size, open: () => this.storage.read(key) }, options.delimiter);
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
