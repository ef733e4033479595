import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { PersonalData } from '../database/personal-data';
import { Retention } from '../database/retention';
import { Statement } from '../database/statement';
import { JobHandlers } from './job-handlers';
import type { Delivery } from './job-queue';
import { JobTimings } from './job-timings';
import { Lease } from './lease';

const MAX_ATTEMPTS = 25;
const MAX_ERROR_LENGTH = 2000;

interface Begun {
  tenant_id: number | null;
  payload: Record<string, unknown>;
}

const RECORD_BEGUN = new Statement<Delivery>(
  'outbox_record_begun',
  `INSERT INTO outbox (tenant_id, type, payload, delivery, begun, run_at) VALUES ($1, $2, $3, 1, 1, now() + $4 * interval '1 ms') RETURNING id, delivery, type`,
);
const BEGIN = new Statement<Begun>(
  'outbox_begin',
  `UPDATE outbox SET begun = delivery, run_at = now() + $3 * interval '1 ms'
   WHERE id = $1 AND delivery = $2 AND begun < delivery RETURNING tenant_id, payload`,
);
const EXTEND = new Statement<{ id: number }>(
  'outbox_extend',
  `UPDATE outbox SET run_at = now() + $3 * interval '1 ms' WHERE id = $1 AND delivery = $2 AND failed_at IS NULL RETURNING id`,
);
/** Done is done, also where the job has been given up for lost meanwhile and handed over again; where another has begun it, that one says when. */
const DONE = new Statement('outbox_done', `DELETE FROM outbox WHERE id = $1 AND begun = $2`);
/** The number of the next delivery says that this one has ended: a job that waits is not one that runs. */
const FAIL = new Statement<{ id: number }>(
  'outbox_fail',
  `UPDATE outbox SET last_error = $3, run_at = now() + $4 * interval '1 ms', failed_at = CASE WHEN $5 THEN now() END,
     delivery = CASE WHEN $5 THEN delivery ELSE delivery + 1 END WHERE id = $1 AND delivery = $2 RETURNING id`,
);
const LEAVE = new Statement('outbox_leave', `UPDATE outbox SET run_at = now() + $3 * interval '1 ms' WHERE id = $1 AND delivery = $2 AND begun < delivery`);

/** Runs deliveries, and keeps the account of them in PostgreSQL: each is begun once, by one process, whatever the queue does. */
@Injectable()
export class JobRunner {
  private readonly logger = new Logger(JobRunner.name);
  private readonly runs = new Set<Promise<void>>();
  private settled: () => void = () => undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: JobHandlers,
    private readonly timings: JobTimings,
    retention: Retention,
    personalData: PersonalData,
  ) {
    retention.register({ table: 'outbox', expired: `failed_at < now() - interval '30 days'` });
    // Payloads hold ids, not data; what went wrong may quote some.
    personalData.registerText({ table: 'outbox', key: { id: 'bigint' }, text: 'last_error', where: 'last_error IS NOT NULL', blank: 'last_error = NULL' });
  }

  get running(): number {
    return this.runs.size;
  }

  /** Calls whenever a run has ended: there is room for another, and a job that failed has its next time. */
  onSettled(listener: () => void): void {
    this.settled = listener;
  }

  /** Never rejects: what goes wrong is in the row, or else the delivery is given up for lost in time. */
  run(delivery: Delivery): Promise<void> {
    const run: Promise<void> = this.perform(delivery)
      .catch((error: Error) => this.logger.warn(`${nameOf(delivery)} could not be accounted for, and may run again: ${error.message}`))
      .finally(() => {
        this.runs.delete(run);
        this.settled();
      });
    this.runs.add(run);
    return run;
  }

  /** A job that whoever records it does as well, by doHere. */
  async recordBegun(em: EntityManager, tenantId: number | null, type: string, payload: object): Promise<Delivery> {
    return (await RECORD_BEGUN.row(em, [tenantId, type, JSON.stringify(payload), this.timings.visibilityMs])) as Delivery;
  }

  /** Where it throws, or this process dies, the job is done by whoever runs jobs, and by nobody else while this one says that it works on it. */
  async doHere<T>(delivery: Delivery, work: () => Promise<T>): Promise<T> {
    const done = await this.extending(delivery, this.newLease(), work);
    await DONE.rows(this.dataSource.manager, [delivery.id, delivery.delivery]);
    return done;
  }

  async idle(): Promise<void> {
    await Promise.all([...this.runs]);
  }

  private async perform(delivery: Delivery): Promise<void> {
    const handler = this.handlers.of(delivery.type);
    // A newer process knows it, or one that has what this one lacks: it need not wait until the delivery is given up for lost.
    if (!handler) return void (await LEAVE.rows(this.dataSource.manager, [delivery.id, delivery.delivery, this.timings.retryMs]));
    const lease = this.newLease();
    const job = await BEGIN.row(this.dataSource.manager, [delivery.id, delivery.delivery, this.timings.visibilityMs]);
    if (!job) return; // begun elsewhere, or done
    try {
      await this.extending(delivery, lease, () => handler(job.payload, { tenantId: job.tenant_id, attempt: delivery.delivery, lease }));
    } catch (error) {
      return await this.fail(delivery, job, error);
    }
    await DONE.rows(this.dataSource.manager, [delivery.id, delivery.delivery]);
  }

  private newLease(): Lease {
    return new Lease(this.timings.visibilityMs, Lease.now());
  }

  private async extending<T>(delivery: Delivery, lease: Lease, work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => void this.extend(delivery, lease), this.timings.extendMs);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  private async extend({ id, delivery }: Delivery, lease: Lease): Promise<void> {
    const since = Lease.now();
    try {
      if (await EXTEND.row(this.dataSource.manager, [id, delivery, this.timings.visibilityMs])) lease.extend(since);
    } catch (error) {
      this.logger.warn(`Job ${id} runs, and could not say so: ${(error as Error).message}`);
    }
  }

  private async fail(delivery: Delivery, job: Begun, error: unknown): Promise<void> {
    // PostgreSQL stores no NUL.
    const message = (error instanceof Error ? error.message : String(error)).replaceAll('\0', '').slice(0, MAX_ERROR_LENGTH);
    const final = delivery.delivery >= MAX_ATTEMPTS;
    const backoffMs = this.backoffMs(delivery.delivery);
    if (final) this.logger.error({ msg: `${nameOf(delivery)} failed ${MAX_ATTEMPTS} times, and is given up`, err: error });
    else this.logger.warn(`${nameOf(delivery)} failed, and runs again in ${Math.ceil(backoffMs / 1000)} s: ${message}`);
    await this.dataSource.transaction(async (em) => {
      const failed = await FAIL.row(em, [delivery.id, delivery.delivery, message, backoffMs, final]);
      if (failed && final) await this.handlers.onGivenUp(delivery.type)?.(em, job.payload, { tenantId: job.tenant_id, attempts: delivery.delivery, error: message });
    });
  }

  /** Half of it by chance, so that what failed together does not come back together. */
  private backoffMs(attempt: number): number {
    const ms = Math.min(this.timings.firstBackoffMs * 2 ** (attempt - 1), this.timings.maxBackoffMs);
    return ms * (0.5 + Math.random() / 2);
  }
}

const nameOf = ({ id, delivery, type }: Delivery): string => `Job ${id} (${type}, attempt ${delivery})`;
