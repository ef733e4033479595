import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ServiceUnavailable } from '../errors/platform.errors';
import { JobSweep } from '../queue/job-sweep';
import { Public } from '../tenancy/route-access';
import { Readiness } from './readiness';

@ApiExcludeController()
@Public()
@Controller()
export class HealthController {
  constructor(
    private readonly jobs: JobSweep,
    private readonly readiness: Readiness,
  ) {}

  /** The process runs; says nothing of what it depends on. */
  @Get('livez')
  livez() {
    return { status: 'ok' };
  }

  /** Work can be sent here: the database answers and no shutdown has begun. Jobs that were given up are no reason to send it elsewhere. */
  @Get('readyz')
  async readyz() {
    if (this.readiness.stopping) throw new ServiceUnavailable('The server is shutting down.');
    const givenUpJobs = await this.jobs.givenUp();
    return { status: 'ok', database: 'ok', jobs: givenUpJobs > 0 ? 'degraded' : 'ok', givenUpJobs };
  }
}
