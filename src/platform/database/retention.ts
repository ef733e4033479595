import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { query } from './statement';

const EVERY_MS = 10 * 60_000;
const BATCH_ROWS = 1000;

/** Rows that are of no more use: `expired` is a condition on the table. */
interface RetentionRule {
  table: string;
  expired: string;
}

/** Removes what is kept for a time only, in batches that hold nobody up. Modules say what; the worker, or a server without one, does it. */
@Injectable()
export class Retention implements OnApplicationShutdown {
  private readonly logger = new Logger(Retention.name);
  private readonly rules: RetentionRule[] = [];
  private timer?: NodeJS.Timeout;
  private running = Promise.resolve();
  private stopped = false;

  constructor(private readonly dataSource: DataSource) {}

  register(rule: RetentionRule): void {
    this.rules.push(rule);
  }

  start(): void {
    const tick = () => {
      this.running = this.sweep().catch((error: Error) => this.logger.warn(`Nothing was removed this time: ${error.message}`));
    };
    this.timer = setInterval(tick, EVERY_MS).unref();
    tick();
  }

  /** Removes all that has expired. Several processes may do so at once: they skip each other's rows. */
  async sweep(): Promise<void> {
    for (const { table, expired } of this.rules) {
      let removed: number;
      do {
        const text = `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${expired} LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED)) RETURNING 1`;
        removed = (await query(this.dataSource.manager, text, [])).length;
      } while (removed === BATCH_ROWS && !this.stopped);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }
}
