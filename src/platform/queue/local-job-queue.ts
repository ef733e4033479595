import { Injectable } from '@nestjs/common';
import { type Delivery, JobQueue } from './job-queue';
import { JobRunner } from './job-runner';

const CONCURRENCY = 8;

/** Runs jobs in this process. It has no queue of its own: what cannot run now waits in PostgreSQL. */
@Injectable()
export class LocalJobQueue extends JobQueue {
  constructor(private readonly runner: JobRunner) {
    super();
  }

  async start(): Promise<void> {}

  async capacity(): Promise<number> {
    return CONCURRENCY - this.runner.running;
  }

  async hand(deliveries: Delivery[]): Promise<void> {
    for (const delivery of deliveries) void this.runner.run(delivery);
  }

  drain(): Promise<void> {
    return this.runner.idle();
  }

  async close(): Promise<void> {}
}
