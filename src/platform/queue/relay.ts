import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChangeNotices } from '../database/change-notices';
import { Statement } from '../database/statement';
import { JobHandlers } from './job-handlers';
import { type Delivery, JobQueue } from './job-queue';
import { JobRunner } from './job-runner';
import { JobTimings } from './job-timings';
import { OUTBOX_TOPIC } from './outbox';

const MAX_CLOSING_MS = 10_000;
/** A job that is due and locked is in another relay's hands, and gone in a moment. */
const MIN_PAUSE_MS = 10;

/** The number of a delivery that was not begun stays: it is not an attempt. */
const CLAIM = new Statement<Delivery>(
  'outbox_claim',
  `UPDATE outbox SET delivery = begun + 1, run_at = now() + $3 * interval '1 ms'
   WHERE id = ANY(ARRAY(
     SELECT id FROM outbox WHERE failed_at IS NULL AND run_at <= now() AND type = ANY($1) ORDER BY run_at, id LIMIT $2 FOR UPDATE SKIP LOCKED))
   RETURNING id, delivery, type`,
);
const NEXT = new Statement<{ ms: number }>(
  'outbox_next',
  `SELECT extract(epoch FROM run_at - now())::float8 * 1000 AS ms FROM outbox WHERE failed_at IS NULL AND type = ANY($1) ORDER BY run_at, id LIMIT 1`,
);
const PUT_BACK = new Statement('outbox_put_back', `UPDATE outbox SET run_at = now() + $2 * interval '1 ms' WHERE id = ANY($1) AND begun < delivery`);

/** Hands the jobs that are due to the queue: woken by the notice of a new one, by the next one's time, and by a sweep for what no notice told. */
@Injectable()
export class Relay implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Relay.name);
  private timer?: NodeJS.Timeout;
  private turning?: Promise<void>;
  private again = false;
  private failing = false;
  private stopped = true;

  constructor(
    private readonly dataSource: DataSource,
    private readonly notices: ChangeNotices,
    private readonly handlers: JobHandlers,
    private readonly queue: JobQueue,
    private readonly runner: JobRunner,
    private readonly timings: JobTimings,
  ) {}

  /** The database has to be there; the queue's server may come later. */
  async start(): Promise<void> {
    await this.queue.start();
    this.stopped = false;
    this.runner.onSettled(() => this.wake());
    this.notices.onChange(OUTBOX_TOPIC, (type) => {
      if (type === undefined || this.handlers.of(type)) this.wake();
    });
    this.wake();
  }

  /** Before anything closes that a job may use. What still runs then is given up for lost in time, and runs again elsewhere. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    await this.turning;
    await Promise.race([this.queue.drain(), sleep(MAX_CLOSING_MS, undefined, { ref: false })]).catch((error: Error) => this.logger.warn(`Jobs may still run: ${error.message}`));
    await this.queue.close().catch((error: Error) => this.logger.warn(`The queue was not closed in order: ${error.message}`));
  }

  /** One round at a time; any number of wake-ups meanwhile are one more. */
  private wake(): void {
    if (this.stopped) return;
    this.again = true;
    this.turning ??= this.turn();
  }

  private async turn(): Promise<void> {
    clearTimeout(this.timer);
    let pauseMs = 0;
    while (this.again && !this.stopped) {
      this.again = false;
      pauseMs = await this.round();
    }
    if (!this.stopped) this.timer = setTimeout(() => this.wake(), pauseMs).unref();
    this.turning = undefined;
  }

  /** @returns when to look again at the latest, in ms */
  private async round(): Promise<number> {
    try {
      const pauseMs = await this.handOver();
      this.failing = false;
      return pauseMs;
    } catch (error) {
      if (!this.failing) this.logger.warn(`No jobs could be handed over, which is tried again every ${this.timings.retryMs} ms: ${(error as Error).message}`);
      this.failing = true;
      return this.timings.retryMs;
    }
  }

  private async handOver(): Promise<number> {
    const capacity = await this.queue.capacity();
    // The end of a job makes room, and wakes; the timer is for room that is made elsewhere.
    if (capacity <= 0) return this.timings.retryMs;
    const deliveries = await CLAIM.rows(this.dataSource.manager, [this.handlers.types, capacity, this.timings.visibilityMs]);
    if (deliveries.length > 0) await this.hand(deliveries);
    if (deliveries.length === capacity) return this.timings.retryMs;
    const next = await NEXT.row(this.dataSource.manager, [this.handlers.types]);
    return Math.min(Math.max(next?.ms ?? Infinity, MIN_PAUSE_MS), this.timings.sweepMs);
  }

  private async hand(deliveries: Delivery[]): Promise<void> {
    try {
      await this.queue.hand(deliveries);
    } catch (error) {
      await PUT_BACK.rows(this.dataSource.manager, [deliveries.map(({ id }) => id), this.timings.retryMs]);
      throw error;
    }
  }
}
