import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { ErasureNotFound } from './contacts.errors';
import { ErasureDto } from './dto/erasure.dto';
import { type ErasureRow, ErasuresRepository, progressOf } from './erasures.repository';

const LIST: ListDefinition<ErasureRow, ErasureDto> = {
  name: 'erasures',
  from: 'erasures e',
  columns: 'e.*',
  tenantColumn: 'e.tenant_id',
  idColumn: 'e.id',
  fields: {
    id: { type: 'number', sql: 'e.id' },
    contactId: { type: 'number', sql: 'e.contact_id' },
    userId: { type: 'number', sql: 'e.user_id' },
    createdAt: { type: 'instant', sql: 'e.created_at' },
  },
  defaultSort: ['createdAt', 'desc'],
  wrap: (page) => `SELECT e.*, ${progressOf('e')} FROM (${page}) AS e`,
  read: ErasureDto.from,
};

@Injectable()
export class ErasuresService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly erasures: ErasuresRepository,
  ) {}

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<ErasureDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  /** @throws ErasureNotFound */
  async get(ctx: TenantContext, id: number): Promise<ErasureDto> {
    const row = await this.db.read(ctx, (em) => this.erasures.get(em, ctx.tenantId, id));
    if (!row) throw new ErasureNotFound();
    return ErasureDto.from(row);
  }
}
