import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { EntityManager } from 'typeorm';
import { ChangeNotices } from '../../platform/database/change-notices';
import { Retention } from '../../platform/database/retention';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import type { Upload } from '../../platform/http/upload.interceptor';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import { Outbox } from '../../platform/queue/outbox';
import { Storage } from '../../platform/storage/storage';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { IMPORT_KINDS, InvalidMapping, type Target, mappingOf, targetsOf } from './column-mapping';
import { CsvFile, isCsvError } from './csv-file';
import { type CreateImportDto, ImportDto } from './dto/import.dto';
import { ErrorsCsv } from './errors-csv';
import { ImportKinds, ON_DUPLICATE } from './import-kinds';
import { ImportWatch } from './import-watch';
import { ImportEnded, ImportNotFound, ImportNotResumable } from './imports.errors';
import { IMPORT_STATUSES, type ImportRow, ImportsRepository } from './imports.repository';
import { IMPORTS_TOPIC, RUN_IMPORT } from './run-import';

const LIST: ListDefinition<ImportRow, ImportDto> = {
  name: 'imports',
  from: 'imports i',
  columns: 'i.*',
  tenantColumn: 'i.tenant_id',
  idColumn: 'i.id',
  fields: {
    id: { type: 'number', sql: 'i.id' },
    kind: { type: 'text', sql: 'i.kind', oneOf: IMPORT_KINDS },
    status: { type: 'text', sql: 'i.status', oneOf: IMPORT_STATUSES },
    fileName: { type: 'text', sql: 'i.file_name' },
    createdAt: { type: 'instant', sql: 'i.created_at' },
    updatedAt: { type: 'instant', sql: 'i.updated_at' },
  },
  search: (text, sql) => `fold(i.file_name) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: ImportDto.from,
};

const NO_TABLE = /^(image|audio|video)\/|^application\/(pdf|zip|msword|vnd\.)/;
const ERRORS_AT_ONCE = 1000;
const WATCH_MS = 250;
const HEARTBEAT_MS = 15_000;

@Injectable()
export class ImportsService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly imports: ImportsRepository,
    private readonly kinds: ImportKinds,
    private readonly storage: Storage,
    private readonly outbox: Outbox,
    private readonly notices: ChangeNotices,
    private readonly watch: ImportWatch,
    retention: Retention,
  ) {
    retention.register({ table: 'imports', expired: `finished_at < now() - interval '30 days'` });
  }

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<ImportDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  /** @throws ImportNotFound */
  async get(ctx: TenantContext, id: number): Promise<ImportDto> {
    return ImportDto.from(await this.find(ctx, id));
  }

  /**
   * Its header is read before it is answered; its rows are loaded by a job.
   * @param record records the job
   * @throws ValidationFailed, FunnelNotFound
   */
  async create(ctx: TenantContext, upload: Upload, body: CreateImportDto, record = this.recordJob): Promise<ImportDto> {
    const faults = Faults.of(body);
    if (!faults.at('kind')) checkOptions(body, faults);
    const file = await this.open(upload, faults.at('options') ? undefined : (body.options?.delimiter ?? undefined), faults);
    const targets = file ? targetsFor(file, body, faults) : [];
    faults.throwIfAny();
    const { columns } = file as CsvFile;
    const { kind, options = {} } = body;
    // null is as absent.
    const funnel = options.funnel ?? undefined;
    const delimiter = options.delimiter ?? undefined;
    await this.kinds.check(ctx, kind, { funnel });
    const row = await this.db.write(ctx, async (em) => {
      const made = await this.imports.insert(em, ctx, {
        kind,
        file_name: upload.fileName,
        size: upload.size,
        storage_key: upload.storageKey,
        columns,
        mapping: mappingOf(columns, targets),
        options: { ...(kind === 'conversations' && { funnel }), onDuplicate: options.onDuplicate ?? 'skip', dryRun: options.dryRun ?? false, ...(delimiter !== undefined && { delimiter }) },
      });
      await record(em, ctx, made.id);
      return made;
    });
    upload.kept = true;
    return ImportDto.from(row);
  }

  /** From where it was. @throws ImportNotFound, ImportNotResumable */
  async resume(ctx: TenantContext, id: number): Promise<ImportDto> {
    const current = await this.find(ctx, id);
    const row = await this.db.write(ctx, async (em) => {
      const resumed = await this.imports.resume(em, ctx.tenantId, id);
      if (!resumed) throw new ImportNotResumable(current.status);
      await this.notices.announce(em, IMPORTS_TOPIC, id);
      await this.outbox.recordAgain(em, ctx.tenantId, RUN_IMPORT, { importId: id });
      return resumed;
    });
    return ImportDto.from(row);
  }

  /** What it has written stays. @throws ImportNotFound, ImportEnded */
  async cancel(ctx: TenantContext, id: number): Promise<ImportDto> {
    const row = await this.db.write(ctx, async (em) => {
      const canceled = await this.imports.end(em, ctx.tenantId, id, 'canceled');
      if (!canceled) throw new ImportEnded((await this.find({ ...ctx, transaction: em }, id)).status);
      await this.notices.announce(em, IMPORTS_TOPIC, id);
      // Whoever runs it finds out; its file has to go in any case.
      await this.recordJob(em, ctx, id);
      return canceled;
    });
    return ImportDto.from(row);
  }

  /** Rows that have failed so far, as a file. @throws ImportNotFound */
  async sendErrors(ctx: TenantContext, id: number, reply: FastifyReply): Promise<void> {
    const lines = await this.errorsOf(ctx, id);
    void reply.headers({ 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': `attachment; filename="import-${id}-errors.csv"` });
    void reply.send(Readable.from(lines));
  }

  /** The same, to be written piece by piece. @throws ImportNotFound */
  async errorsOf(ctx: TenantContext, id: number): Promise<AsyncIterable<string>> {
    return this.linesOf(ctx, await this.find(ctx, id));
  }

  /** Its progress as server-sent events, at once and at each change, until it has ended. @throws ImportNotFound */
  async sendEvents(ctx: TenantContext, id: number, reply: FastifyReply): Promise<void> {
    await this.find(ctx, id);
    void reply.header('Content-Type', 'text/event-stream').header('X-Accel-Buffering', 'no').send(Readable.from(this.eventsOf(ctx, id)));
  }

  private readonly recordJob = (em: EntityManager, ctx: TenantContext, importId: number): Promise<void> => this.outbox.record(em, ctx.tenantId, RUN_IMPORT, { importId });

  private async *eventsOf(ctx: TenantContext, id: number): AsyncGenerator<string> {
    const watcher = this.watch.watch(id);
    try {
      for (let changed = true; !this.watch.isOver; changed = await watcher.next(HEARTBEAT_MS)) {
        if (!changed) {
          yield ': still here\n\n';
          continue;
        }
        const progress = await this.get(ctx, id);
        yield `event: progress\ndata: ${JSON.stringify(progress)}\n\n`;
        if (progress.status !== 'pending' && progress.status !== 'running') return;
        await sleep(WATCH_MS); // several changes are one event
      }
    } finally {
      watcher.stop();
    }
  }

  private async *linesOf(ctx: TenantContext, row: ImportRow): AsyncGenerator<string> {
    const csv = new ErrorsCsv(row.columns);
    yield csv.header;
    let last = 0;
    for (;;) {
      const failed = await this.db.read(ctx, (em) => this.imports.errorsAfter(em, row, last, ERRORS_AT_ONCE));
      if (failed.length > 0) yield failed.map((one) => csv.line(one)).join('');
      if (failed.length < ERRORS_AT_ONCE) return;
      last = failed.at(-1)?.number ?? last;
    }
  }

  /** @returns undefined where it is no CSV, which is said */
  private async open({ contentType, size, storageKey }: Upload, delimiter: string | undefined, faults: Faults): Promise<CsvFile | undefined> {
    if (NO_TABLE.test(contentType)) return void faults.add('file', 'INVALID_VALUE', `is ${contentType}, and must be CSV: a spreadsheet can save its table so`);
    try {
      return await CsvFile.open({ size, open: () => this.storage.read(storageKey) }, delimiter);
    } catch (error) {
      if (!isCsvError(error)) throw error;
      return void faults.add('file', 'INVALID_VALUE', `is not valid CSV: ${error.message}`);
    }
  }

  private async find(ctx: TenantContext, id: number): Promise<ImportRow> {
    const row = await this.db.read(ctx, (em) => this.imports.get(em, ctx.tenantId, id));
    if (!row) throw new ImportNotFound();
    return row;
  }
}

/** What the kind asks of the options. */
function checkOptions({ kind, options }: CreateImportDto, faults: Faults): void {
  if (kind === 'conversations' && !options?.funnel) faults.add(options ? 'options.funnel' : 'options', 'REQUIRED_FIELD', 'is required: the funnel that the conversations are in, as {"funnel": "Sales"}');
  const allowed = ON_DUPLICATE[kind];
  if (options?.onDuplicate && !allowed.includes(options.onDuplicate)) faults.add('options.onDuplicate', 'INVALID_VALUE', `must be ${allowed.join(' or ')} for ${kind}`);
}

/** Without any of these every row would fail: a person who cannot be reached is refused. */
const NAMES_SOMEBODY: ReadonlySet<Target> = new Set<Target>(['phone', 'email', 'contactId']);

function targetsFor({ columns }: CsvFile, { kind, mapping }: CreateImportDto, faults: Faults): Target[] {
  if (columns.every((column) => column === '')) faults.add('file', 'INVALID_VALUE', 'has no header: its first row must name the columns');
  try {
    if (faults.at('kind')) return [];
    const targets = targetsOf(kind, columns, faults.at('mapping') ? {} : (mapping ?? {}));
    if (!faults.at('file') && !targets.some((target) => NAMES_SOMEBODY.has(target))) faults.add('file', 'INVALID_VALUE', `has no column of phones or emails: it has ${columns.join(', ')}. A mapping says which one is, as {"numero": "phone"}`);
    return targets;
  } catch (error) {
    if (!(error instanceof InvalidMapping)) throw error;
    faults.add('mapping', 'INVALID_VALUE', error.message);
    return [];
  }
}
