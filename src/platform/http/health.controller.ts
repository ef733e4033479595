import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DatabaseTimings } from '../database/database-timings';
import { ServiceUnavailable } from '../errors/platform.errors';
import { answered } from '../observability/answered';
import { Problems } from '../observability/problems';
import { JobSweep } from '../queue/job-sweep';
import { Public } from '../tenancy/route-access';
import { Readiness } from './readiness';

@ApiExcludeController()
@Public()
@Controller()
export class HealthController {
  private asking?: Promise<number>;

  constructor(
    private readonly jobs: JobSweep,
    private readonly readiness: Readiness,
    private readonly problems: Problems,
    private readonly timings: DatabaseTimings,
  ) {}

  /** The process runs; says nothing of what it depends on. */
  @Get('livez')
  livez() {
    return { status: 'ok' };
  }

  /**
   * Work can be sent here: the database answers and no shutdown has begun. What cannot be done here nevertheless is in `problems`.
   * Jobs that were given up are no reason to send work elsewhere.
   */
  @Get('readyz')
  async readyz() {
    if (this.readiness.stopping) throw new ServiceUnavailable('The server is shutting down.');
    const givenUpJobs = await answered(this.ask(), this.timings.readyMs).catch(() => {
      throw new ServiceUnavailable();
    });
    const problems = this.problems.all;
    return {
      status: problems.length > 0 ? 'degraded' : 'ok',
      database: 'ok',
      jobs: givenUpJobs > 0 ? 'degraded' : 'ok',
      givenUpJobs,
      ...(problems.length > 0 && { problems }),
    };
  }

  /** One question at a time, however many ask: those that wait for a silent database must not use up the connections. */
  private ask(): Promise<number> {
    this.asking ??= this.jobs.givenUp().finally(() => (this.asking = undefined));
    return this.asking;
  }
}
