import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { storableText } from '../../platform/text/storable';
import { SearchIndex } from '../contacts';
import type { ItemLog } from '../operations';
import { type ImportKind, type Target, itemOf } from './column-mapping';
import type { CsvFile, CsvRow } from './csv-file';
import { type FailedRow, faultsOf } from './errors-csv';
import { ImportKinds, type KindOptions } from './import-kinds';

/** A chunk ends at so many rows, or at so much text: whatever the file, memory stays flat. */
const CHUNK_ROWS = 1000;
const CHUNK_CHARACTERS = 4 * 1024 * 1024;

export interface LoadOptions extends KindOptions {
  kind: ImportKind;
  /** Of each column. */
  targets: Target[];
  /** Rows up to this one have been loaded before. */
  after?: number;
}

/** What came of a chunk of rows. */
export interface LoadedChunk {
  logs: ItemLog[];
  failed: FailedRow[];
  /** Number of its last row. */
  position: number;
}

export interface LoadHooks {
  /** In the transaction that writes the chunk. */
  within?: (em: EntityManager, chunk: LoadedChunk) => Promise<void>;
  /** Once that has committed. */
  afterwards?: (chunk: LoadedChunk) => Promise<void> | void;
}

/** A file through the workflow of its kind, in chunks that are a transaction each. */
@Injectable()
export class LoadRows {
  constructor(
    private readonly db: TenantDb,
    private readonly kinds: ImportKinds,
    private readonly searchIndex: SearchIndex,
  ) {}

  /** Where the file breaks off, what came before that is loaded. @throws FunnelNotFound, and whatever the file or a hook throws */
  async execute(ctx: TenantContext, file: CsvFile, options: LoadOptions, { within, afterwards }: LoadHooks): Promise<void> {
    await this.kinds.check(ctx, options.kind, options);
    const { targets, after = 0 } = options;
    const load = async (rows: CsvRow[]): Promise<void> => {
      const chunk = await this.db.writeBulk(ctx, async (em) => {
        // For each chunk: custom fields and statuses may change while a long file is loaded.
        const loader = await this.kinds.loaderOf({ ...ctx, transaction: em }, options.kind, options);
        const items = rows.map(({ cells }) => itemOf(cells, targets, file.columns, loader.rules));
        const logs = await loader.load(em, ctx, items);
        const loaded = { logs, failed: failedOf(rows, logs), position: rows.at(-1)?.number ?? 0 };
        await within?.(em, loaded);
        return loaded;
      });
      await afterwards?.(chunk);
    };
    // One chunk is in the database while the next is read from the file.
    let loading: Promise<void> = Promise.resolve();
    let rows: CsvRow[] = [];
    let characters = 0;
    const flush = async () => {
      await loading;
      loading = load(rows);
      loading.catch(() => undefined); // it is awaited by the next flush, or below
      rows = [];
      characters = 0;
    };
    try {
      for await (const row of file.rows()) {
        if (row.number <= after) continue;
        for (const cell of row.cells) characters += cell.length;
        if (rows.push(row) === CHUNK_ROWS || characters > CHUNK_CHARACTERS) await flush();
      }
    } finally {
      if (rows.length > 0) await flush();
      await loading;
    }
    await this.searchIndex.sweep();
  }
}

const failedOf = (rows: CsvRow[], logs: ItemLog[]): FailedRow[] =>
  logs.flatMap((log) => {
    const row = rows[log.index];
    return log.failed && row ? [{ number: row.number, cells: row.cells.map(storableText), faults: storableText(faultsOf(log)) }] : [];
  });
