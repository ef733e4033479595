import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Statement, query } from '../database/statement';
import { JobHandlers } from './job-handlers';

const EVERY_MS = 10 * 60_000;
const BATCH_ROWS = 1000;

/** Things that ought to have a job. */
interface Need {
  type: string;
  /** Under what a job's payload has the id. */
  key: string;
  /** A SELECT of the tenant_id and id of those that have been waiting for so long that they must have a job by now. */
  waiting: string;
}

// One attempt: what fails for ever is logged once a day. What nobody could do in a month is left to a person.
const TRY_AGAIN = new Statement<{ id: number }>(
  'outbox_try_again',
  `UPDATE outbox SET failed_at = NULL, run_at = now(), delivery = begun - 1, begun = begun - 1
   WHERE failed_at < now() - interval '1 day' AND created_at > now() - interval '30 days' AND type = ANY($1) RETURNING id`,
);
const TAKE_TURN = new Statement<{ taken: boolean }>('outbox_sweep_turn', `SELECT pg_try_advisory_xact_lock(hashtext('outbox.sweep')) AS taken`);
const COUNT_GIVEN_UP = new Statement<{ count: number }>('outbox_count_given_up', 'SELECT count(*)::int AS count FROM outbox WHERE failed_at IS NOT NULL');

/**
 * Work heals by itself: what has lost its job is given another, and what was given up is tried once a day. Modules say what ought to
 * have a job; the worker, or a server without one, looks.
 */
@Injectable()
export class JobSweep implements OnApplicationShutdown {
  private readonly logger = new Logger(JobSweep.name);
  private readonly needs: Need[] = [];
  private timer?: NodeJS.Timeout;
  private running = Promise.resolve();
  private stopped = false;
  private told = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: JobHandlers,
  ) {}

  register(need: Need): void {
    this.needs.push(need);
  }

  start(): void {
    const tick = () => {
      this.running = this.sweep().catch((error: Error) => this.logger.warn(`Nothing was swept this time: ${error.message}`));
    };
    this.timer = setInterval(tick, EVERY_MS).unref();
    tick();
  }

  /** Whatever it records is found by the relay's own sweep. */
  async sweep(): Promise<void> {
    // Whoever says what giving up means has done so: that is not tried again unasked.
    const types = this.handlers.types.filter((type) => !this.handlers.onGivenUp(type));
    await TRY_AGAIN.rows(this.dataSource.manager, [types]);
    for (const need of this.needs) while ((await this.supply(need)) === BATCH_ROWS && !this.stopped);
    const count = await this.givenUp();
    if (count > this.told) this.logger.error(`${count} jobs are given up: see "cli jobs list", or GET /api/v1/jobs?status=failed`);
    this.told = count;
  }

  /** How many jobs have come to nothing, and are left to a person. */
  async givenUp(): Promise<number> {
    return (await COUNT_GIVEN_UP.row(this.dataSource.manager, []))?.count ?? 0;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** One process at a time, so that nothing is given two jobs. @returns how many were recorded */
  private supply({ type, key, waiting }: Need): Promise<number> {
    return this.dataSource.transaction(async (em) => {
      if (!(await TAKE_TURN.row(em, []))?.taken) return 0;
      const text = `INSERT INTO outbox (tenant_id, type, payload)
        SELECT waiting.tenant_id, $1::text, jsonb_build_object('${key}', waiting.id) FROM (${waiting}) AS waiting
        WHERE NOT EXISTS (SELECT FROM outbox job WHERE job.type = $1 AND job.payload -> '${key}' = to_jsonb(waiting.id)) LIMIT ${BATCH_ROWS} RETURNING 1`;
      const recorded = (await query(em, text, [type])).length;
      if (recorded > 0) this.logger.warn(`${recorded} jobs (${type}) were lost, and are recorded anew`);
      return recorded;
    });
  }
}
