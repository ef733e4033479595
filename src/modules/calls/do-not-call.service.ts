import { Injectable } from '@nestjs/common';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { normaliseNumber } from '../connections';
import type { DoNotCallEntry } from './do-not-call-entry.entity';
import { DoNotCallEntryNotFound } from './do-not-call.errors';
import { type CreateDoNotCallEntryDto, DoNotCallEntryDto } from './dto/do-not-call.dto';

const COLUMNS = 'd.id, d.tenant_id AS "tenantId", d.number, d.reason, d.source, d.created_at AS "createdAt"';

// A number that is on the list stays on it: what is said anew is kept, and what is not said anew stays.
const ADD = new Statement<DoNotCallEntry>(
  'do_not_call_add',
  `INSERT INTO do_not_call_entries AS d (tenant_id, number, reason, source) VALUES ($1, $2, $3, $4)
   ON CONFLICT (number, tenant_id) DO UPDATE SET reason = coalesce(excluded.reason, d.reason), source = coalesce(excluded.source, d.source)
   RETURNING ${COLUMNS}`,
);

const DELETE = new Statement<DoNotCallEntry>('do_not_call_delete', `DELETE FROM do_not_call_entries d WHERE d.tenant_id = $1 AND d.id = $2 RETURNING ${COLUMNS}`);

const LIST: ListDefinition<DoNotCallEntry, DoNotCallEntryDto> = {
  name: 'do-not-call',
  from: 'do_not_call_entries d',
  columns: COLUMNS,
  tenantColumn: 'd.tenant_id',
  idColumn: 'd.id',
  fields: {
    id: { type: 'number', sql: 'd.id' },
    number: { type: 'text', sql: 'd.number' },
    reason: { type: 'text', sql: 'd.reason' },
    source: { type: 'text', sql: 'd.source' },
    createdAt: { type: 'instant', sql: 'd.created_at' },
  },
  search: (text, sql) => `fold(concat_ws(' ', d.number, d.reason, d.source)) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: DoNotCallEntryDto.from,
};

@Injectable()
export class DoNotCallService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
  ) {}

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<DoNotCallEntryDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  /** The same number twice is the same entry. @throws ValidationFailed */
  async add(ctx: TenantContext, body: CreateDoNotCallEntryDto): Promise<DoNotCallEntryDto> {
    const faults = Faults.of(body);
    const number = faults.at('number') ? undefined : normaliseNumber(body.number, ctx.defaultCountry);
    if (number === undefined) faults.add('number', 'INVALID_PHONE', 'is not a valid phone number; give it with its country code, as +525512345678');
    faults.throwIfAny();
    const entry = await this.db.writeOne(ctx, (em) => ADD.row(em, [ctx.tenantId, number, body.reason ?? null, body.source ?? null]));
    return DoNotCallEntryDto.from(entry as DoNotCallEntry);
  }

  /** The number may be called again. @returns the entry as it was */
  async delete(ctx: TenantContext, id: number): Promise<DoNotCallEntryDto> {
    const entry = await this.db.writeOne(ctx, (em) => DELETE.row(em, [ctx.tenantId, id]));
    if (!entry) throw new DoNotCallEntryNotFound();
    return DoNotCallEntryDto.from(entry);
  }
}
