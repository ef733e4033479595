import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { ServiceUnavailable } from '../errors/platform.errors';
import { Public } from '../tenancy/route-access';
import { Readiness } from './readiness';

@ApiExcludeController()
@Public()
@Controller()
export class HealthController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly readiness: Readiness,
  ) {}

  /** The process runs; says nothing of what it depends on. */
  @Get('livez')
  livez() {
    return { status: 'ok' };
  }

  /** Work can be sent here: the database answers and no shutdown has begun. */
  @Get('readyz')
  async readyz() {
    if (this.readiness.stopping) throw new ServiceUnavailable('The server is shutting down.');
    await this.dataSource.query('SELECT 1');
    return { status: 'ok', database: 'ok' };
  }
}
