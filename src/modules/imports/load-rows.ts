import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Rehearsal } from '../../platform/database/rehearsal';
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
  /** Says what would be loaded. */
  dryRun?: boolean;
}

/** What came of a chunk of rows. */
export interface LoadedChunk {
  logs: ItemLog[];
  failed: FailedRow[];
  /** Number of its last row. */
  position: number;
}

export interface LoadHooks {
  /** In the transaction that writes the chunk; of a dry run, in one of its own. */
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
  async execute(ctx: TenantContext, file: CsvFile, options: LoadOptions, hooks: LoadHooks): Promise<void> {
    await this.kinds.check(ctx, options.kind, options);
    const chunkOf = async (em: EntityManager, rows: CsvRow[], rehearsal?: Rehearsal): Promise<LoadedChunk> => {
      // For each chunk: custom fields and statuses may change while a long file is loaded.
      const loader = await this.kinds.loaderOf({ ...ctx, transaction: em }, options.kind, options);
      const items = rows.map(({ cells }) => itemOf(cells, options.targets, file.columns, loader.rules));
      const logs = await loader.load(em, ctx, items, rehearsal);
      return { logs, failed: failedOf(rows, logs), position: rows.at(-1)?.number ?? 0 };
    };
    if (options.dryRun) {
      return this.db.rehearseInParts(ctx, (inside, rehearsal) =>
        inChunks(file, options, async (rows) => {
          const chunk = await this.db.rehearse(inside, (em) => chunkOf(em, rows, rehearsal));
          await this.db.write(inside, async (em) => hooks.within?.(em, chunk));
          await hooks.afterwards?.(chunk);
        }),
      );
    }
    await inChunks(file, options, async (rows) => {
      const chunk = await this.db.writeBulk(ctx, async (em) => {
        const loaded = await chunkOf(em, rows);
        await hooks.within?.(em, loaded);
        return loaded;
      });
      await hooks.afterwards?.(chunk);
    });
    await this.searchIndex.sweep();
  }
}

/** One chunk is in the database while the next is read from the file. */
async function inChunks(file: CsvFile, { after = 0 }: LoadOptions, load: (rows: CsvRow[]) => Promise<void>): Promise<void> {
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
}

const failedOf = (rows: CsvRow[], logs: ItemLog[]): FailedRow[] =>
  logs.flatMap((log) => {
    const row = rows[log.index];
    return log.failed && row ? [{ number: row.number, cells: row.cells.map(storableText), faults: storableText(faultsOf(log)) }] : [];
  });
