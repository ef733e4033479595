import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DatabaseTimings } from './database-timings';

/** Any number that nothing else locks. */
const MIGRATION_LOCK = 4_211_970;

@Injectable()
export class Migrator {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timings: DatabaseTimings,
  ) {}

  /** Connects, and brings the schema up to date; of several processes that start at once, one does it and the others wait. */
  async prepare(): Promise<string[]> {
    if (!this.dataSource.isInitialized) await this.dataSource.initialize();
    const lock = this.dataSource.createQueryRunner();
    this.timings.migrating = true;
    try {
      await lock.query(`SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)`);
      await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      return (await this.dataSource.runMigrations()).map((migration) => migration.name);
    } finally {
      this.timings.migrating = false;
      await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
      await lock.query('RESET lock_timeout').catch(() => undefined);
      await lock.query('RESET statement_timeout').catch(() => undefined);
      await lock.release();
    }
  }
}
