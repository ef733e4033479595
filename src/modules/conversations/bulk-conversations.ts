import { Injectable } from '@nestjs/common';
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
    const { items, ...options } = readBatch(body, 'conversations');
    return this.db.writeBulk(ctx, async (em) => {
      const rules = await this.createConversations.rulesOf({ ...ctx, transaction: em });
      const report = reportOf(await this.createConversations.execute(em, ctx, items, rules, options));
      return this.operations.record(em, ctx, 'conversations.bulkCreate', summaryOf(report.counts, 'created', options.dryRun), report, !options.dryRun);
    });
  }

  /** @throws InvalidBatch */
  async update(ctx: TenantContext, body: unknown): Promise<BulkResult> {
    const { items, dryRun } = readBatch(body, 'conversations');
    return this.db.writeBulk(ctx, async (em) => {
      const rules = await this.createConversations.rulesOf({ ...ctx, transaction: em });
      const logs: ItemLog[] = await this.updateConversations.execute(em, ctx, items, rules, dryRun);
      const report = reportOf(logs);
      return this.operations.record(em, ctx, 'conversations.bulkUpdate', summaryOf(report.counts, 'updated', dryRun), report, !dryRun);
    });
  }
}
