import { DataSource, type EntityManager } from 'typeorm';
import { type JobHandler, JobHandlers } from '../../../src/platform/queue/job-handlers';
import { JobTimings } from '../../../src/platform/queue/job-timings';
import { Outbox } from '../../../src/platform/queue/outbox';
import { Relay } from '../../../src/platform/queue/relay';
import { TestApp } from '../../support/test-app';

export const TYPE = 'test.job';

/** A process that may run jobs, and knows which it has run. */
export class JobProcess {
  /** The `n` of each job's payload, once for every time that it ran. */
  readonly runs: number[] = [];
  /** What its jobs do besides. */
  work: JobHandler = async () => undefined;

  private constructor(private readonly app: TestApp) {
    app.nest.get(JobHandlers).register(TYPE, (payload, job) => {
      this.runs.push(payload.n as number);
      return this.work(payload, job);
    });
  }

  /** One that records jobs, and runs none. */
  static async start(redisUrl?: string): Promise<JobProcess> {
    return new JobProcess(await TestApp.start(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }));
  }

  /** One that runs them, too. */
  static async startWorker(redisUrl?: string, timings: Partial<JobTimings> = {}): Promise<JobProcess> {
    const worker = await JobProcess.start(redisUrl);
    Object.assign(worker.nest.get(JobTimings), timings);
    await worker.nest.get(Relay).start();
    return worker;
  }

  get nest(): TestApp['nest'] {
    return this.app.nest;
  }

  async record(...numbers: number[]): Promise<void> {
    await this.transaction(async (em) => {
      for (const n of numbers) await this.recordIn(em, n);
    });
  }

  recordIn(em: EntityManager, n: number, runAt?: Date): Promise<void> {
    return this.nest.get(Outbox).record(em, null, TYPE, { n }, runAt);
  }

  transaction(work: (em: EntityManager) => Promise<void>): Promise<void> {
    return this.nest.get(DataSource).transaction(work);
  }

  close(): Promise<void> {
    return this.app.close();
  }
}
