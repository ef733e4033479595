import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Rehearsal } from '../../platform/database/rehearsal';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { type BulkResult, type ItemLog, OperationsService, readBatch, reportOf, summaryOf } from '../operations';
import { CreateConversations } from './create-conversations';
import { UpdateConversations } from './update-conversations';

/** Many conversations in one request: each item on its own, all of it in one transaction, with a report exact to the item. */
@Injectable()
export class BulkConversations {
  constructor(
    private readonly db: TenantDb,
    private readonly operations: OperationsService,
    private readonly createConversations: CreateConversations,
    private readonly updateConversations: UpdateConversations,
  ) {}

  /** @throws InvalidBatch */
  async create(ctx: TenantContext, body: unknown): Promise<BulkResult> {
    const { items, dryRun, onDuplicate } = readBatch(body, 'conversations');
    const rehearsal = dryRun ? new Rehearsal() : undefined;
    return this.transaction(ctx, dryRun, async (em) => {
      const rules = await this.createConversations.rulesOf({ ...ctx, transaction: em });
      const report = reportOf(await this.createConversations.execute(em, ctx, items, rules, { onDuplicate, rehearsal }));
      return this.operations.record(em, ctx, 'conversations.bulkCreate', summaryOf(report.counts, 'created', dryRun), report, !dryRun);
    });
  }

  /** @throws InvalidBatch */
  async update(ctx: TenantContext, body: unknown): Promise<BulkResult> {
    const { items, dryRun } = readBatch(body, 'conversations');
    return this.transaction(ctx, dryRun, async (em) => {
      const rules = await this.createConversations.rulesOf({ ...ctx, transaction: em });
      const logs: ItemLog[] = await this.updateConversations.execute(em, ctx, items, rules, dryRun ? new Rehearsal() : undefined);
      const report = reportOf(logs);
      return this.operations.record(em, ctx, 'conversations.bulkUpdate', summaryOf(report.counts, 'updated', dryRun), report, !dryRun);
    });
  }

  private transaction<T>(ctx: TenantContext, dryRun: boolean, work: (em: EntityManager) => Promise<T>): Promise<T> {
    return dryRun ? this.db.rehearse(ctx, work) : this.db.writeBulk(ctx, work);
  }
}
