import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Erasure, PersonalData, aboutEach } from '../../platform/database/personal-data';
import { Retention } from '../../platform/database/retention';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { sortableId } from '../../platform/text/ids';
import { type Reference, type SubjectKey, subjectKey, subjectsOf } from '../../platform/text/subjects';
import type { BulkReport, ItemReport } from './bulk-report';
import { OperationDto } from './dto/operation.dto';
import { Operation } from './operation.entity';
import { OperationNotFound } from './operations.errors';

export interface BulkResult {
  message: string;
  operationId: string;
  report: BulkReport;
}

const MOST = 20;
const ABOUT = new Statement<{ id: string; kind: string; report: BulkReport; subjects: SubjectKey[] }>(
  'operation_about',
  `SELECT id, kind, report, subjects FROM operations
   WHERE tenant_id = $1 AND id = ANY(ARRAY(SELECT id FROM ${aboutEach('$2', 'operations', 'id, tenant_id')} AS told WHERE tenant_id = $1 LIMIT ${MOST})) FOR UPDATE`,
);

/** What the items of a bulk are, by its kind: calls.bulkStart makes calls. */
const referenceOf = (kind: string): Reference => (kind.startsWith('calls.') ? 'call' : 'conversation');

const subjectsOfItem = (kind: string, item: ItemReport): SubjectKey[] => [...(item.itemId === null ? [] : [subjectKey(referenceOf(kind), item.itemId)]), ...subjectsOf(item)];

const subjectsOfReport = (kind: string, report: BulkReport): SubjectKey[] => [...new Set(report.itemsIssues.flatMap((item) => subjectsOfItem(kind, item)))];

/** Keeps the reports of bulk requests, in the transaction of what they report. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly db: TenantDb,
    retention: Retention,
    personalData: PersonalData,
  ) {
    personalData.registerAbout({
      table: 'operations',
      erase: (em, erasure, keys) => this.erase(em, erasure, keys),
      columns: 'kind, report',
      subjectsOf: ({ kind, report }) => subjectsOfReport(kind as string, report as BulkReport),
    });
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
    if (keep) await em.getRepository(Operation).insert({ id: operationId, tenantId: ctx.tenantId, kind, status: 'completed', message, report: report as object, subjects: subjectsOfReport(kind, report) });
    return { message, operationId, report };
  }

  /** What a report says of somebody's items goes; its counts stay. */
  private async erase(em: EntityManager, erasure: Erasure, keys: SubjectKey[]): Promise<number> {
    const [theirs, operations] = [new Set(keys), em.getRepository(Operation)];
    const rows = await ABOUT.rows(em, [erasure.tenantId, keys]);
    for (const { id, kind, report, subjects } of rows) {
      const itemsIssues = report.itemsIssues.filter((item) => !subjectsOfItem(kind, item).some((key) => theirs.has(key)));
      await operations.update({ tenantId: erasure.tenantId, id }, { report: { ...report, itemsIssues }, subjects: subjects.filter((key) => !theirs.has(key)) });
    }
    erasure.removed('operations', rows.length);
    return rows.length;
  }
}
