import { Global, Module } from '@nestjs/common';
import { Config } from '../config/config';
import { BullJobQueue } from './bull-job-queue';
import { JobHandlers } from './job-handlers';
import { JobQueue } from './job-queue';
import { JobRunner } from './job-runner';
import { JobSweep } from './job-sweep';
import { JobTimings } from './job-timings';
import { LocalJobQueue } from './local-job-queue';
import { Outbox } from './outbox';
import { Relay } from './relay';

/** Jobs are recorded by any process, and run where an entrypoint starts the relay. */
@Global()
@Module({
  providers: [
    Outbox,
    JobHandlers,
    JobTimings,
    JobRunner,
    JobSweep,
    Relay,
    LocalJobQueue,
    BullJobQueue,
    {
      provide: JobQueue,
      inject: [Config, LocalJobQueue, BullJobQueue],
      useFactory: (config: Config, local: LocalJobQueue, bull: BullJobQueue) => (config.REDIS_URL ? bull : local),
    },
  ],
  exports: [Outbox, JobHandlers, JobRunner, JobSweep, Relay],
})
export class QueueModule {}
