import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChangeNotices } from '../../platform/database/change-notices';
import { query } from '../../platform/database/statement';
import { DIAL_TOPIC } from '../connections';
import { CallProviders } from './call-providers';
import { ClaimCalls } from './claim-calls';
import { DialAttempt } from './dial-attempt';
import { DialerTimings } from './dialer-timings';
import { FollowAttempts } from './follow-attempts';

/** The jobs take up to 10 s before, and the whole process 20. */
const MAX_CLOSING_MS = 8000;

/**
 * Keeps every line busy. Woken by the notice that a call waits or a line has come free, it claims what fits and dials; once a
 * second it looks for what no notice told. Any number of processes may run one: the claim, in PostgreSQL, is the only queue
 * (docs/adr/0007-the-claim-is-the-queue.md).
 */
@Injectable()
export class Dialer implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Dialer.name);
  /** Connections that are being filled, and whether to look again afterwards. */
  private readonly filling = new Map<number, { again: boolean }>();
  private readonly running = new Set<Promise<unknown>>();
  private timer?: NodeJS.Timeout;
  private stopped = true;

  constructor(
    private readonly dataSource: DataSource,
    private readonly notices: ChangeNotices,
    private readonly providers: CallProviders,
    private readonly claimCalls: ClaimCalls,
    private readonly dialAttempt: DialAttempt,
    private readonly followAttempts: FollowAttempts,
    private readonly timings: DialerTimings,
  ) {}

  start(): void {
    this.stopped = false;
    this.notices.onChange(DIAL_TOPIC, (key) => (key === undefined ? this.sweep() : this.fill(Number(key))));
    this.timer = setInterval(() => this.sweep(), this.timings.sweepMs).unref();
    this.sweep();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    // What is not settled by then another process, or the next start, looks up.
    await Promise.race([Promise.allSettled([...this.running]), sleep(MAX_CLOSING_MS, undefined, { ref: false })]);
  }

  private sweep(): void {
    this.run('the sweep', async () => {
      const waiting = await query<{ id: number }>(this.dataSource.manager, 'SELECT id FROM connections c WHERE EXISTS (SELECT FROM call_queue q WHERE q.connection_id = c.id)', []);
      for (const { id } of waiting) this.fill(id);
      await this.followAttempts.sweep();
    });
  }

  /** One claim at a time per connection; a wake-up meanwhile is one more round. */
  private fill(connectionId: number): void {
    const filling = this.filling.get(connectionId);
    if (filling) {
      filling.again = true;
      return;
    }
    const round = { again: true };
    this.filling.set(connectionId, round);
    this.run(`filling the lines of connection ${connectionId}`, async () => {
      try {
        while (round.again && !this.stopped) {
          round.again = false;
          await this.claim(connectionId);
        }
      } finally {
        this.filling.delete(connectionId);
      }
    });
  }

  private async claim(connectionId: number): Promise<void> {
    const claimed = await this.claimCalls.execute(connectionId);
    for (const attempt of claimed.attempts) {
      this.run(`dialing call ${attempt.call_id}`, async () => {
        const pauseMs = await this.dialAttempt.execute(attempt, claimed.lease);
        if (pauseMs !== undefined) this.fillAfter(connectionId, pauseMs);
      });
    }
    if (claimed.attempts.length > 0 && claimed.paceMs > 0) this.fillAfter(connectionId, claimed.paceMs);
  }

  private fillAfter(connectionId: number, ms: number): void {
    setTimeout(() => this.fill(connectionId), ms).unref();
  }

  /** In the background, and waited for at shutdown. What fails is looked up later: nothing is lost with it. */
  private run(what: string, work: () => Promise<void>): void {
    if (this.stopped) return;
    const running: Promise<void> = work()
      .catch((error: Error) => this.logger.warn(`${what} failed, and is taken up again: ${error.message}`))
      .finally(() => this.running.delete(running));
    this.running.add(running);
  }
}
