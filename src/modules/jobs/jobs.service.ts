import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import type { Page } from '../../platform/listing/list-query.dto';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import { Outbox } from '../../platform/queue/outbox';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { JobDto, type JobRow, type JobStatus, type ListJobsQueryDto } from './dto/job.dto';
import { JobNotFailed, JobNotFound } from './jobs.errors';

const STATUS = `CASE WHEN o.failed_at IS NOT NULL THEN 'failed' WHEN o.begun > 0 AND o.begun = o.delivery AND o.run_at > now() THEN 'running' ELSE 'waiting' END`;
/** Payloads are nobody's business: they hold ids only, and those may be of people. */
const COLUMNS = `o.id, o.tenant_id, o.type, ${STATUS} AS status, o.begun AS attempts, o.last_error, o.run_at, o.created_at, o.failed_at`;

const LIST: ListDefinition<JobRow, JobDto> = {
  name: 'jobs',
  from: 'outbox o',
  columns: COLUMNS,
  tenantColumn: 'o.tenant_id',
  idColumn: 'o.id',
  fields: {
    id: { type: 'number', sql: 'o.id' },
    type: { type: 'text', sql: 'o.type' },
    status: { type: 'text', sql: STATUS },
    attempts: { type: 'number', sql: 'o.begun' },
    runAt: { type: 'instant', sql: 'o.run_at' },
    createdAt: { type: 'instant', sql: 'o.created_at' },
    failedAt: { type: 'instant', sql: 'o.failed_at' },
  },
  search: (text, sql) => `fold(concat_ws(' ', o.type, o.last_error)) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: JobDto.from,
};

const MAX_LISTED = 1000;
const GET = new Statement<JobRow>('job_get', `SELECT ${COLUMNS} FROM outbox o WHERE o.id = $1`);
const OF_ALL = new Statement<JobRow>('jobs_of_all', `SELECT ${COLUMNS} FROM outbox o WHERE ${STATUS} = $1 ORDER BY o.created_at DESC, o.id DESC LIMIT ${MAX_LISTED}`);

@Injectable()
export class JobsService {
  constructor(
    private readonly db: TenantDb,
    private readonly dataSource: DataSource,
    private readonly lists: Lists,
    private readonly outbox: Outbox,
  ) {}

  list(ctx: TenantContext, { status, ...query }: ListJobsQueryDto): Promise<Page<JobDto>> {
    const request = this.lists.request(query);
    const filters = status ? [...request.filters, { field: 'status', operator: 'eq' as const, values: [status], path: 'status' }] : request.filters;
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, { ...request, filters }));
  }

  /** @throws JobNotFound, JobNotFailed */
  retry(ctx: TenantContext, id: number): Promise<JobDto> {
    return this.db.write(ctx, (em) => this.tryAgain(em, id, ctx.tenantId));
  }

  /** For who runs the server: of all tenants, and nobody's; the newest first, and not more than can be looked at. */
  async listOfAll(status: JobStatus): Promise<JobDto[]> {
    return (await OF_ALL.rows(this.dataSource.manager, [status])).map(JobDto.from);
  }

  /** @throws JobNotFound, JobNotFailed */
  retryOfAny(id: number): Promise<JobDto> {
    return this.dataSource.transaction((em) => this.tryAgain(em, id));
  }

  /** @returns how many they are */
  retryAll(): Promise<number> {
    return this.dataSource.transaction((em) => this.outbox.retry(em));
  }

  private async tryAgain(em: EntityManager, id: number, tenantId?: number): Promise<JobDto> {
    const job = await GET.row(em, [id]);
    if (!job || (tenantId !== undefined && job.tenant_id !== tenantId)) throw new JobNotFound();
    if ((await this.outbox.retry(em, id)) === 0) throw new JobNotFailed(job.status);
    const retried = await GET.row(em, [id]);
    if (!retried) throw new JobNotFound(); // done in this very moment
    return JobDto.from(retried);
  }
}
