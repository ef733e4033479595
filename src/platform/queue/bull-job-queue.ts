import { BullModule, getQueueToken } from '@nestjs/bull';
import { Injectable, Logger } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import type { Queue, QueueOptions } from 'bull';
import { Config } from '../config/config';
import { answered } from '../observability/answered';
import { type Delivery, JobQueue } from './job-queue';
import { JobRunner } from './job-runner';

export const BULL_QUEUE = 'llamador-jobs';

const CONCURRENCY = 8;
/** More than that waits in PostgreSQL, where waiting costs nothing: here a job must be begun before it is given up for lost. */
const MAX_WAITING = 200;
/** A server that hangs must not hang the relay. */
const ANSWER_MS = 2000;
/** A connection that is silent for longer is replaced. Whoever waits for a job hears every 5 s that there is none. */
const SILENCE_MS = 10_000;

/** Spreads jobs over all workers, by Bull on Redis. Connects at start(), so a process that only records jobs needs no Redis. */
@Injectable()
export class BullJobQueue extends JobQueue {
  private readonly logger = new Logger(BullJobQueue.name);
  private queue: Queue<Delivery>;
  private away = false;

  constructor(
    private readonly config: Config,
    private readonly modules: LazyModuleLoader,
    private readonly runner: JobRunner,
  ) {
    super();
  }

  async start(): Promise<void> {
    const bull = await this.modules.load(() => BullModule.registerQueue({ name: BULL_QUEUE, ...queueOptions(this.config.REDIS_URL ?? '') }));
    this.queue = bull.get<Queue<Delivery>>(getQueueToken(BULL_QUEUE), { strict: false });
    this.queue.on('error', (error) => this.lost(error));
    // Before Redis is there, process() leaves a rejection that nobody can catch.
    const { client } = this.queue;
    if (client.status === 'ready') this.process();
    else client.once('ready', () => this.process());
  }

  async capacity(): Promise<number> {
    if (!this.isThere) return CONCURRENCY - this.runner.running;
    const waiting = await answered(this.queue.getWaitingCount(), ANSWER_MS);
    this.found();
    return Math.max(0, MAX_WAITING - waiting);
  }

  async hand(deliveries: Delivery[]): Promise<void> {
    // Without Redis each worker does itself what it claims: nobody waits for a server that only shares out work.
    if (!this.isThere) return deliveries.forEach((delivery) => void this.runner.run(delivery));
    const handedAt = Date.now();
    // Ids are never used again: Bull drops a job whose id it has, even where it has lost the rest of that one.
    await answered(Promise.all(deliveries.map((delivery) => this.queue.add(delivery, { jobId: `${delivery.id}-${delivery.delivery}-${handedAt}` }))), ANSWER_MS);
  }

  async drain(): Promise<void> {
    // Without Redis nothing new arrives, and pause() leaves a rejection, too.
    if (this.isThere) await this.queue.pause(true);
    await this.runner.idle();
  }

  close(): Promise<void> {
    return this.queue.close(true);
  }

  /** Lasts until close(); what goes wrong meanwhile is also an 'error'. */
  private process(): void {
    this.queue.process(CONCURRENCY, ({ data }) => this.runner.run(data)).catch(() => undefined);
  }

  private get isThere(): boolean {
    return this.queue.client.status === 'ready';
  }

  /** Every connection says so at every try: once is enough. What is said while it is there is of a job that was flushed, which comes again. */
  private lost(error: Error): void {
    if (this.isThere) return this.logger.debug(error.message);
    if (!this.away) this.logger.warn(`Redis: ${error.message}. Each worker runs its own jobs until it is back`);
    this.away = true;
  }

  private found(): void {
    if (this.away) this.logger.log('Redis is back');
    this.away = false;
  }
}

function queueOptions(redisUrl: string): QueueOptions {
  const { hostname, port, username, password, pathname, protocol } = new URL(redisUrl);
  return {
    redis: {
      host: hostname.replace(/^\[|\]$/g, ''), // of an IPv6 address
      port: Number(port || 6379),
      username: decodeURIComponent(username) || undefined,
      password: decodeURIComponent(password) || undefined,
      db: Number(pathname.slice(1)),
      tls: protocol === 'rediss:' ? {} : undefined,
      // A command waits for the next reconnection, and no longer; by default for twenty.
      maxRetriesPerRequest: 1,
      connectTimeout: 2000,
      // Where a connection is lost while it subscribes anew, ioredis leaves a rejection that nobody can catch. It is told of
      // delayed jobs only, and those wait in PostgreSQL.
      autoResubscribe: false,
      // A machine that is gone is noticed, also by a connection that only listens.
      keepAlive: 10_000,
      socketTimeout: SILENCE_MS,
      retryStrategy: (times) => Math.min(100 * times, 1000),
    },
    settings: { maxStalledCount: 5, retryProcessDelay: 1000 },
    // PostgreSQL counts the attempts, and says what has become of a job.
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  };
}
