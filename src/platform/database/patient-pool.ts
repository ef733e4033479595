import { Client, type ClientConfig, Pool, type PoolConfig } from 'pg';
import type { DatabaseTimings } from './database-timings';

/** Nothing was heard of a statement, not even that it failed: whether it was done nobody knows. */
export class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';
}

/** Without timings it waits for ever, as pg does. */
interface Patience {
  timings?: DatabaseTimings;
}

/**
 * A connection that ends where the server does not answer in time. pg's own query_timeout only stops waiting: the connection goes
 * back into the pool, with a statement under way and a transaction open.
 */
export class PatientClient extends Client {
  private readonly timings?: DatabaseTimings;
  private timer?: NodeJS.Timeout;
  private inTransactionMs?: number;

  constructor(config?: ClientConfig & Patience) {
    super(config);
    this.timings = config?.timings;
    for (const event of ['drain', 'end'] as const) this.on(event, () => this.stopWaiting());
  }

  /** The server was told to let statements take so long, as SET LOCAL does: until the transaction ends. */
  waitUntilCommit(statementMs: number): void {
    this.inTransactionMs = statementMs;
  }

  /** Closes it at once, as a goodbye would wait for a server that may be gone; whoever waits for an answer gets the error. */
  abandon(error?: Error): void {
    this.connection.stream.destroy(error);
  }

  /** pg has seven signatures for this; none of them is changed. */
  override query(...args: unknown[]): never {
    this.wait();
    return Reflect.apply(super.query, this, args) as never;
  }

  private wait(): void {
    this.stopWaiting();
    if (this.getTransactionStatus() === 'I') this.inTransactionMs = undefined;
    if (!this.timings) return;
    const ms = (this.inTransactionMs ?? this.timings.statementMs) + this.timings.marginMs;
    // A process that was paused finds its timers due before it has read what came meanwhile.
    const timer = setTimeout(
      () => setImmediate(() => this.timer === timer && this.abandon(new NoAnswer(`The database has not answered for ${ms} ms: the connection is given up`))),
      ms,
    );
    this.timer = timer.unref();
  }

  private stopWaiting(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

/** A pool of such connections. Where one of them falls silent those that lie idle are replaced, too: else each would cost somebody a time-out. */
export class PatientPool extends Pool {
  private readonly idle = new Set<PatientClient>();

  constructor(config?: PoolConfig & Patience) {
    super({ ...config, Client: PatientClient as unknown as PoolConfig['Client'] });
    this.on('connect', (client) => client.on('error', (error) => error instanceof NoAnswer && this.distrustIdle()));
    this.on('acquire', (client) => this.idle.delete(client as unknown as PatientClient));
    this.on('release', (_, client) => this.idle.add(client as unknown as PatientClient));
    this.on('remove', (client) => this.idle.delete(client as unknown as PatientClient));
  }

  private distrustIdle(): void {
    for (const client of this.idle) client.abandon(new NoAnswer('Another connection of the pool has fallen silent'));
    this.idle.clear();
  }
}
