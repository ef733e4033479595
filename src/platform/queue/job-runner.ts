import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PersonalData } from '../database/personal-data';
import { Retention } from '../database/retention';
import { Statement } from '../database/statement';
import { JobHandlers } from './job-handlers';
import type { Delivery } from './job-queue';
import { JobTimings } from './job-timings';
import { Lease } from './lease';

const MAX_ATTEMPTS = 25;
const MAX_ERROR_LENGTH = 2000;

const BEGIN = new Statement<{ tenant_id: number | null; payload: Record<string, unknown> }>(
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
const FAIL = new Statement(
  'outbox_fail',
  `UPDATE outbox SET last_error = $3, run_at = now() + $4 * interval '1 ms', failed_at = CASE WHEN $5 THEN now() END WHERE id = $1 AND delivery = $2`,
);

/** Payloads hold ids, not data; what went wrong may quote some. */
const ERASE_ERRORS = new Statement('outbox_erase_errors', 'UPDATE outbox SET last_error = NULL WHERE tenant_id = $1 AND last_error ~* ANY($2::text[])');

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
    personalData.register('mentions', async (em, { tenantId, patterns }) => void (await ERASE_ERRORS.rows(em, [tenantId, patterns])));
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

  async idle(): Promise<void> {
    await Promise.all([...this.runs]);
  }

  private async perform(delivery: Delivery): Promise<void> {
    const handler = this.handlers.of(delivery.type);
    if (!handler) return; // a newer process knows it
    const lease = new Lease(this.timings.visibilityMs, Lease.now());
    const job = await BEGIN.row(this.dataSource.manager, [delivery.id, delivery.delivery, this.timings.visibilityMs]);
    if (!job) return; // begun elsewhere, or done
    const extending = setInterval(() => void this.extend(delivery, lease), this.timings.extendMs);
    try {
      await handler(job.payload, { tenantId: job.tenant_id, attempt: delivery.delivery, lease });
    } catch (error) {
      return await this.fail(delivery, error);
    } finally {
      clearInterval(extending);
    }
    await DONE.rows(this.dataSource.manager, [delivery.id, delivery.delivery]);
  }

  private async extend({ id, delivery }: Delivery, lease: Lease): Promise<void> {
    const since = Lease.now();
    try {
      if (await EXTEND.row(this.dataSource.manager, [id, delivery, this.timings.visibilityMs])) lease.extend(since);
    } catch (error) {
      this.logger.warn(`Job ${id} runs, and could not say so: ${(error as Error).message}`);
    }
  }

  private async fail(delivery: Delivery, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const final = delivery.delivery >= MAX_ATTEMPTS;
    const backoffMs = this.backoffMs(delivery.delivery);
    if (final) this.logger.error({ msg: `${nameOf(delivery)} failed ${MAX_ATTEMPTS} times, and is given up`, err: error });
    else this.logger.warn(`${nameOf(delivery)} failed, and runs again in ${Math.ceil(backoffMs / 1000)} s: ${message}`);
    // PostgreSQL stores no NUL.
    await FAIL.rows(this.dataSource.manager, [delivery.id, delivery.delivery, message.replaceAll('\0', '').slice(0, MAX_ERROR_LENGTH), backoffMs, final]);
  }

  /** Half of it by chance, so that what failed together does not come back together. */
  private backoffMs(attempt: number): number {
    const ms = Math.min(this.timings.firstBackoffMs * 2 ** (attempt - 1), this.timings.maxBackoffMs);
    return ms * (0.5 + Math.random() / 2);
  }
}

const nameOf = ({ id, delivery, type }: Delivery): string => `Job ${id} (${type}, attempt ${delivery})`;
