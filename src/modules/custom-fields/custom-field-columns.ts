import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { query } from '../../platform/database/statement';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { EntityType } from './custom-field.types';

/** A table whose `custom_fields` column holds the values of one entity type. */
export interface CustomFieldColumn {
  table: string;
  /** What else to set on a row whose value was erased. */
  touch: string;
}

/** Which tables hold custom field values. Modules further right say so themselves; this one knows none of them. */
@Injectable()
export class CustomFieldColumns {
  private readonly columns = new Map<EntityType, CustomFieldColumn>();

  register(entityType: EntityType, column: CustomFieldColumn): void {
    this.columns.set(entityType, column);
  }

  /** Records that hold any value of the field, or this one. */
  async count(em: EntityManager, ctx: TenantContext, entityType: EntityType, fieldKey: string, value?: string): Promise<number> {
    const column = this.columns.get(entityType);
    if (!column) return 0;
    const holds = value === undefined ? 'custom_fields ? $2' : 'custom_fields ->> $2 = $3';
    const values = [ctx.tenantId, fieldKey, ...(value === undefined ? [] : [value])];
    const [row] = await query<{ n: number }>(em, `SELECT count(*)::int8 AS n FROM ${column.table} WHERE tenant_id = $1 AND ${holds}`, values);
    return row?.n ?? 0;
  }

  async erase(em: EntityManager, ctx: TenantContext, entityType: EntityType, fieldKey: string): Promise<void> {
    const column = this.columns.get(entityType);
    if (!column) return;
    await query(em, `UPDATE ${column.table} SET custom_fields = custom_fields - $2, ${column.touch} WHERE tenant_id = $1 AND custom_fields ? $2`, [ctx.tenantId, fieldKey]);
  }
}
