import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Retention } from '../../platform/database/retention';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { sortableId } from '../../platform/text/ids';
import type { BulkReport } from './bulk-report';
import { OperationDto } from './dto/operation.dto';
import { Operation } from './operation.entity';
import { OperationNotFound } from './operations.errors';

export interface BulkResult {
  message: string;
  operationId: string;
  report: BulkReport;
}

/** Keeps the reports of bulk requests, in the transaction of what they report. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly db: TenantDb,
    retention: Retention,
  ) {
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
}
