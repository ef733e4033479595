import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { TenantContext } from '../tenancy/tenant-context';
import { DatabaseTimings } from './database-timings';
import { allow, query } from './statement';

type Work<T> = (em: EntityManager) => Promise<T>;

/** serialization_failure and deadlock_detected: PostgreSQL asks for the whole transaction again. */
const RETRIABLE = new Set(['40001', '40P01']);
const ATTEMPTS = 4;

/** Thrown inside a transaction that lost a race and will win, or see the winner, when it runs again. */
export class LostRace extends Error {}

export const sqlStateOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
};

/** The name of the constraint that a write broke, where it broke one. */
export const constraintOf = (error: unknown): string | undefined => (error as { constraint?: string } | undefined)?.constraint;

/** The connection was lost while it was in use, or the server ended it. */
const LOST = /^(08003|08006|57P01|57P02|ECONNRESET|EPIPE|ETIMEDOUT)$/;
/** What pg and TypeORM say of it without a code. */
const LOST_MESSAGE = /Connection terminated unexpectedly|Client has encountered a connection error|Client was closed|already released/;

/** Whether what failed may have been done all the same: an answer that never came may have been that of the COMMIT. */
export const mayHaveHappened = (error: unknown): boolean => LOST.test(sqlStateOf(error) ?? '') || LOST_MESSAGE.test((error as Error | undefined)?.message ?? '');

/** The only way to a tenant's rows: whoever reads or writes says for whom. */
@Injectable()
export class TenantDb {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timings: DatabaseTimings,
  ) {}

  /** Reads outside a transaction, unless the request has one of its own. */
  read<T>(ctx: TenantContext, work: Work<T>): Promise<T> {
    return work(ctx.transaction ?? this.dataSource.manager);
  }

  /** A write of exactly one statement, which is its own transaction: saves the round trips of BEGIN and COMMIT. */
  writeOne<T>(ctx: TenantContext, work: Work<T>): Promise<T> {
    return ctx.transaction ? this.write(ctx, work) : this.retrying(() => work(this.dataSource.manager));
  }

  /**
   * A transaction; the work runs again from its start where PostgreSQL or a LostRace asks for it. In a request that has a
   * transaction it is a savepoint of that one: what fails takes nothing with it, and who asks why needs no second connection.
   */
  write<T>(ctx: TenantContext, work: Work<T>): Promise<T> {
    const em = ctx.transaction ?? this.dataSource.manager;
    return this.retrying(() => em.transaction(work));
  }

  /**
   * As write, for work that may rightly take long: it waits for others instead of failing. It seeks by index: a plan that was
   * made while a table was as good as empty would read the whole of it later, for each chunk.
   */
  writeBulk<T>(ctx: TenantContext, work: Work<T>): Promise<T> {
    return this.write(ctx, async (em) => {
      await allow(em, this.timings.bulkStatementMs);
      await query(em, `SELECT set_config('lock_timeout', '60s', true), set_config('enable_seqscan', 'off', true)`, []);
      return work(em);
    });
  }

  /** Does everything in a transaction that never commits, and gives back what came of it: a dry run that cannot differ. */
  async rehearse<T>(ctx: TenantContext, work: (rehearsal: TenantContext) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      return await work({ ...ctx, transaction: runner.manager });
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  }

  private async retrying<T>(run: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        const again = error instanceof LostRace || RETRIABLE.has(sqlStateOf(error) ?? '');
        if (!again || attempt === ATTEMPTS) throw error;
        await sleep(Math.random() * 20 * attempt);
      }
    }
  }
}
