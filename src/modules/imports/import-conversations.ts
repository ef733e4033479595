import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { SearchIndex } from '../contacts';
import { CreateConversations, type CreateOptions, FunnelsService, type ItemRules } from '../conversations';
import type { BulkReport, ItemLog } from '../operations';
import { reportOf } from '../operations';
import { type MappingRules, type Target, itemOf, targetsOf } from './column-mapping';
import { CsvFile, type CsvRow } from './csv-file';
import { ErrorsFile } from './errors-file';

/** A chunk ends at so many rows, or at so much text: whatever the file, memory stays flat. */
const CHUNK_ROWS = 1000;
const CHUNK_CHARACTERS = 4 * 1024 * 1024;

export interface ImportOptions {
  path: string;
  /** Id or name. */
  funnel: string;
  /** Column name to target; what is not in it is guessed. */
  map: Record<string, unknown>;
  onDuplicate: 'skip' | 'create';
  dryRun: boolean;
  /** Where rows that failed are written, to be corrected and sent again. */
  errorsPath: string;
  delimiter?: string;
  onProgress?: (progress: { bytes: number; size: number; rows: number }) => void;
}

export interface ImportResult {
  counts: BulkReport['counts'];
  /** How often each code was given. */
  errorCodes: Record<string, number>;
  warningCodes: Record<string, number>;
  mapping: Record<string, Target>;
  /** Absent where no row failed. */
  errorsFile?: string;
}

/**
 * A file of leads through the same workflow as the bulk request, in chunks that are a transaction each: killed in the
 * middle and sent again, it goes on with what is missing and counts the rest as duplicates.
 */
@Injectable()
export class ImportConversations {
  constructor(
    private readonly db: TenantDb,
    private readonly createConversations: CreateConversations,
    private readonly funnels: FunnelsService,
    private readonly searchIndex: SearchIndex,
  ) {}

  async execute(ctx: TenantContext, options: ImportOptions): Promise<ImportResult> {
    const result = options.dryRun ? await this.db.rehearse(ctx, (rehearsal) => this.run(rehearsal, options)) : await this.run(ctx, options);
    await this.searchIndex.sweep();
    return result;
  }

  private async run(ctx: TenantContext, options: ImportOptions): Promise<ImportResult> {
    const file = await CsvFile.open(options.path, options.delimiter);
    const targets = targetsOf(file.columns, options.map);
    const itemRules = await this.createConversations.rulesOf(ctx, { fromFile: true });
    const mappingRules = await this.mappingRulesOf(ctx, options.funnel, itemRules);
    const errors = new ErrorsFile(options, file.columns);
    const tally = new Tally();

    const load = async (rows: CsvRow[]): Promise<void> => {
      const items = rows.map(({ cells }) => itemOf(cells, targets, file.columns, mappingRules));
      const logs = await this.load(ctx, items, itemRules, options);
      tally.add(logs);
      await errors.add(rows, logs);
    };
    // One chunk is in the database while the next is read from the file.
    let loading: Promise<void> = Promise.resolve();
    let chunk: CsvRow[] = [];
    let characters = 0;
    let bytes = 0;
    const flush = async () => {
      await loading;
      options.onProgress?.({ bytes, size: file.size, rows: tally.counts.total });
      loading = load(chunk);
      loading.catch(() => undefined); // it is awaited by the next flush, or below
      chunk = [];
      characters = 0;
    };
    try {
      for await (const row of file.rows((read) => (bytes = read))) {
        for (const cell of row.cells) characters += cell.length;
        if (chunk.push(row) === CHUNK_ROWS || characters > CHUNK_CHARACTERS) await flush();
      }
    } finally {
      try {
        // Also where the file breaks off: what came before that is loaded.
        if (chunk.length > 0) await flush();
        await loading;
      } finally {
        await errors.close();
      }
    }
    options.onProgress?.({ bytes: file.size, size: file.size, rows: tally.counts.total });
    return { ...tally.result(), mapping: Object.fromEntries(file.columns.map((column, at) => [column, targets[at] as Target])), errorsFile: errors.written };
  }

  private load(ctx: TenantContext, items: unknown[], rules: ItemRules, options: ImportOptions): Promise<ItemLog[]> {
    const createOptions: CreateOptions = { onDuplicate: options.onDuplicate };
    return this.db.writeBulk(ctx, (em) => this.createConversations.execute(em, ctx, items, rules, createOptions));
  }

  private async mappingRulesOf(ctx: TenantContext, funnel: string, rules: ItemRules): Promise<MappingRules> {
    const { id, statuses } = await this.funnels.findByIdOrName(ctx, funnel);
    return {
      funnelId: id,
      statuses: new Map(statuses.flatMap((status) => [[String(status.id), status.id], [status.name.toLowerCase(), status.id]])),
      country: rules.country,
      contactFields: rules.contactFields,
      conversationFields: rules.conversationFields,
    };
  }
}

/** What came of all chunks so far. */
class Tally {
  readonly counts = { successful: 0, warnings: 0, duplicates: 0, errors: 0, total: 0 };
  private readonly errorCodes: Record<string, number> = {};
  private readonly warningCodes: Record<string, number> = {};

  add(logs: ItemLog[]): void {
    const { counts } = reportOf(logs);
    for (const key of Object.keys(this.counts) as (keyof typeof counts)[]) this.counts[key] += counts[key];
    for (const { errors, warnings } of logs) {
      for (const { code } of errors) this.errorCodes[code] = (this.errorCodes[code] ?? 0) + 1;
      for (const { code } of warnings) this.warningCodes[code] = (this.warningCodes[code] ?? 0) + 1;
    }
  }

  result() {
    return { counts: this.counts, errorCodes: this.errorCodes, warningCodes: this.warningCodes };
  }
}
