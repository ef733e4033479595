import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { ServiceUnavailable } from '../errors/platform.errors';
import { Problems } from '../observability/problems';
import { Public } from '../tenancy/route-access';
import { Readiness } from './readiness';

@ApiExcludeController()
@Public()
@Controller()
export class HealthController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly readiness: Readiness,
    private readonly problems: Problems,
  ) {}

  /** The process runs; says nothing of what it depends on. */
  @Get('livez')
  livez() {
    return { status: 'ok' };
  }

  /** Work can be sent here: the database answers and no shutdown has begun. What cannot be done here nevertheless is in `problems`. */
  @Get('readyz')
  async readyz() {
    if (this.readiness.stopping) throw new ServiceUnavailable('The server is shutting down.');
    await this.dataSource.query('SELECT 1');
    const problems = this.problems.all;
    return problems.length === 0 ? { status: 'ok', database: 'ok' } : { status: 'degraded', database: 'ok', problems };
  }
}
