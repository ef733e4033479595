import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Erasure, PersonalData } from '../../platform/database/personal-data';
import { Retention } from '../../platform/database/retention';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { sortableId } from '../../platform/text/ids';
import type { BulkReport, ItemReport } from './bulk-report';
import { OperationDto } from './dto/operation.dto';
import { Operation } from './operation.entity';
import { OperationNotFound } from './operations.errors';

export interface BulkResult {
  message: string;
  operationId: string;
  report: BulkReport;
}

/** Keeps the reports of bulk requests, in the transaction of what they report. */
const MENTIONING = new Statement<{ id: string; report: BulkReport }>('operation_mentioning', `SELECT id, report FROM operations WHERE tenant_id = $1 AND (report::text ~* ANY($2::text[]) OR strpos(report::text, $3) > 0)`);

@Injectable()
export class OperationsService {
  constructor(
    private readonly db: TenantDb,
    retention: Retention,
    personalData: PersonalData,
  ) {
    personalData.register('mentions', (em, erasure) => this.erase(em, erasure));
    retention.register({ table: 'operations', expired: `created_at < now() - interval '30 days'` });
  }

  async get(ctx: TenantContext, id: string): Promise<OperationDto> {
    const operation = await this.db.read(ctx, (em) => em.getRepository(Operation).findOneBy({ tenantId: ctx.tenantId, id }));
    if (!operation) throw new OperationNotFound();
    return OperationDto.from(operation);
  }

  /** @param keep false for a dry run, which leaves nothing behind */
  async record(em: EntityManager, ctx: TenantContext, kind: string, message: string, report: BulkReport, keep: boolean): Promise<BulkResult> {
    const operationId = sortableId('op');
    if (keep) await em.getRepository(Operation).insert({ id: operationId, tenantId: ctx.tenantId, kind, status: 'completed', message, report: report as object });
    return { message, operationId, report };
  }

  /** What a report says of somebody's items goes; its counts stay. */
  private async erase(em: EntityManager, erasure: Erasure): Promise<void> {
    // A conversation or call may have the same number: only contacts are matched by something.
    const byId = `{"id":${erasure.contactId},"matchedBy":`;
    const rows = await MENTIONING.rows(em, [erasure.tenantId, erasure.patterns, byId]);
    for (const { id, report } of rows) {
      const isAbout = (item: ItemReport): boolean => {
        const text = JSON.stringify(item);
        return text.includes(byId) || erasure.mentions(text);
      };
      const itemsIssues = report.itemsIssues.filter((item) => !isAbout(item));
      await em.getRepository(Operation).update({ tenantId: erasure.tenantId, id }, { report: { ...report, itemsIssues } });
    }
    erasure.removed('operations', rows.length);
  }
}
