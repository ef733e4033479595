import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { DatabaseTimings } from '../database/database-timings';
import { ServiceUnavailable } from '../errors/platform.errors';
import { answered } from '../observability/answered';
import { Public } from '../tenancy/route-access';
import { Readiness } from './readiness';

@ApiExcludeController()
@Public()
@Controller()
export class HealthController {
  private asking?: Promise<unknown>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly readiness: Readiness,
    private readonly timings: DatabaseTimings,
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
    await answered(this.ask(), this.timings.readyMs).catch(() => {
      throw new ServiceUnavailable();
    });
    return { status: 'ok', database: 'ok' };
  }

  /** One question at a time, however many ask: those that wait for a silent database must not use up the connections. */
  private ask(): Promise<unknown> {
    this.asking ??= this.dataSource.query('SELECT 1').finally(() => (this.asking = undefined));
    return this.asking;
  }
}
