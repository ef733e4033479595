import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import { ValidationFailed } from '../../platform/errors/platform.errors';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { FunnelNotFound } from './conversations.errors';
import { type CreateFunnelDto, FunnelDto, type FunnelRow, type FunnelStatusInputDto, type UpdateFunnelDto } from './dto/funnel.dto';
import { FunnelStatus } from './funnel-status.entity';
import { Funnel } from './funnel.entity';

const statusesOf = (alias: string) =>
  `coalesce((SELECT json_agg(json_build_object('id', s.id, 'name', s.name, 'position', s.position) ORDER BY s.position, s.id)
   FROM funnel_statuses s WHERE s.tenant_id = ${alias}.tenant_id AND s.funnel_id = ${alias}.id), '[]') AS statuses`;

const GET = new Statement<FunnelRow>('funnel_get', `SELECT f.*, ${statusesOf('f')} FROM funnels f WHERE f.tenant_id = $1 AND f.id = $2`);

const STATUS_IDS = new Statement<{ id: number; status_ids: number[] }>(
  'funnel_status_ids',
  `SELECT f.id, ARRAY(SELECT s.id FROM funnel_statuses s WHERE s.tenant_id = f.tenant_id AND s.funnel_id = f.id ORDER BY s.position, s.id) AS status_ids
   FROM funnels f WHERE f.tenant_id = $1 AND f.id = ANY($2::bigint[])`,
);

const LIST: ListDefinition<FunnelRow, FunnelDto> = {
  name: 'funnels',
  from: 'funnels f',
  columns: 'f.*',
  tenantColumn: 'f.tenant_id',
  idColumn: 'f.id',
  fields: {
    id: { type: 'number', sql: 'f.id' },
    name: { type: 'text', sql: 'f.name' },
    createdAt: { type: 'instant', sql: 'f.created_at' },
    updatedAt: { type: 'instant', sql: 'f.updated_at' },
  },
  search: (text, sql) => `fold(f.name) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  wrap: (page) => `SELECT f.*, ${statusesOf('f')} FROM (${page}) AS f`,
  read: FunnelDto.from,
};

const NAMES = new Statement<Pick<FunnelRow, 'id' | 'name' | 'statuses'>>('funnel_names', `SELECT f.id, f.name, ${statusesOf('f')} FROM funnels f WHERE f.tenant_id = $1`);

@Injectable()
export class FunnelsService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
  ) {}

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<FunnelDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  get(ctx: TenantContext, id: number): Promise<FunnelDto> {
    return this.db.read(ctx, (em) => this.find(em, ctx, id));
  }

  /** What funnels and statuses are called, by id. */
  async namesOf(em: EntityManager, ctx: TenantContext): Promise<Record<'funnels' | 'statuses', Map<number, string>>> {
    const rows = await NAMES.rows(em, [ctx.tenantId]);
    const named = (items: { id: number; name: string }[]) => new Map(items.map(({ id, name }) => [id, name]));
    return { funnels: named(rows), statuses: named(rows.flatMap(({ statuses }) => statuses)) };
  }

  create(ctx: TenantContext, body: CreateFunnelDto): Promise<FunnelDto> {
    return this.db.write(ctx, async (em) => {
      const { identifiers } = await em.getRepository(Funnel).insert({ tenantId: ctx.tenantId, name: body.name });
      const { id } = identifiers[0] as { id: number };
      await this.replaceStatuses(em, ctx, id, (body.statuses ?? []).map(({ name }) => ({ name })));
      return this.find(em, ctx, id);
    });
  }

  /** @throws FunnelNotFound, ValidationFailed, FunnelStatusInUse by fk_conversations_status */
  update(ctx: TenantContext, id: number, body: UpdateFunnelDto): Promise<FunnelDto> {
    return this.db.write(ctx, async (em) => {
      await this.find(em, ctx, id);
      // Holds the funnel: of two at once the second replaces the statuses that the first has left.
      await em.getRepository(Funnel).update({ tenantId: ctx.tenantId, id }, { ...(body.name && { name: body.name }), updatedAt: new Date() });
      if (body.statuses) await this.replaceStatuses(em, ctx, id, body.statuses);
      return this.find(em, ctx, id);
    });
  }

  /** @throws FunnelNotFound */
  async findByIdOrName(ctx: TenantContext, funnel: string): Promise<FunnelDto> {
    return this.db.read(ctx, async (em) => {
      const byName = await em.getRepository(Funnel).findOne({ where: { tenantId: ctx.tenantId, name: funnel }, order: { id: 'ASC' } });
      return this.find(em, ctx, byName?.id ?? (/^\d{1,15}$/.test(funnel) ? Number(funnel) : 0));
    });
  }

  /** Of the tenant's funnels among these: the ids of their statuses, in order. */
  async statusIds(em: EntityManager, ctx: TenantContext, ids: Iterable<number>): Promise<Map<number, number[]>> {
    const rows = await STATUS_IDS.rows(em, [ctx.tenantId, [...new Set(ids)]]);
    return new Map(rows.map((row) => [row.id, row.status_ids]));
  }

  private async replaceStatuses(em: EntityManager, ctx: TenantContext, funnelId: number, wanted: FunnelStatusInputDto[]): Promise<void> {
    const statuses = em.getRepository(FunnelStatus);
    const current = await statuses.findBy({ tenantId: ctx.tenantId, funnelId });
    const faults = wanted.flatMap(({ id }, at) => {
      if (id === undefined || current.some((status) => status.id === id)) return [];
      return [{ path: `statuses[${at}].id`, code: 'STATUS_NOT_IN_FUNNEL', message: 'is no status of this funnel; leave id out to add one' }];
    });
    if (faults.length > 0) throw new ValidationFailed(faults);
    const gone = current.filter((status) => !wanted.some(({ id }) => id === status.id)).map(({ id }) => id);
    if (gone.length > 0) await statuses.delete({ tenantId: ctx.tenantId, funnelId, id: In(gone) });
    // A funnel has few statuses: one statement each is fine here.
    for (const [position, { id, name }] of wanted.entries()) {
      if (id === undefined) await statuses.insert({ tenantId: ctx.tenantId, funnelId, name, position });
      else await statuses.update({ tenantId: ctx.tenantId, funnelId, id }, { name, position });
    }
  }

  private async find(em: EntityManager, ctx: TenantContext, id: number): Promise<FunnelDto> {
    const row = await GET.row(em, [ctx.tenantId, id]);
    if (!row) throw new FunnelNotFound();
    return FunnelDto.from(row);
  }
}
