import { join } from 'node:path';
import { type ClientConfig, defaults } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import type { Config } from '../config/config';
import { DatabaseTimings } from './database-timings';
import { PatientPool } from './patient-pool';

/** Migrations run from the built tree and, in tests, from the sources. */
const MIGRATIONS = join(__dirname, '../../../migrations/*.{js,ts}');

const SESSION = {
  // Instants are written as UTC and so can be read without making a Date of each.
  TimeZone: 'UTC',
  // No statement here runs long enough for what its compilation costs, which is 100 ms for a claim of the dialer's with 100,000 calls queued.
  jit: 'off',
  // A client that is gone without a word must not keep its connection for two hours, which are the kernel's default.
  tcp_keepalives_idle: 10,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 3,
  // The same for one that takes no answer. Node cannot set this on its own side: there PatientClient does it.
  tcp_user_timeout: 25_000,
};

/** What every connection has. A machine that is gone is noticed within 20 s, also by a connection that only listens. */
export const CONNECTION = {
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  connectionTimeoutMillis: 3000,
  options: Object.entries(SESSION)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' '),
} satisfies ClientConfig;

/** @param timings those of the process; without them a connection waits for its answers for ever */
export function dataSourceOptions(config: Pick<Config, 'DATABASE_URL' | 'DATABASE_POOL_SIZE'>, timings?: DatabaseTimings): DataSourceOptions {
  return {
    type: 'postgres',
    driver: { defaults, Pool: PatientPool },
    url: config.DATABASE_URL,
    synchronize: false,
    migrations: [MIGRATIONS],
    migrationsTransactionMode: 'each',
    parseInt8: true,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'llamador',
    logging: false,
    extra: {
      ...CONNECTION,
      timings,
      // All of these are off by default: without them a stuck statement holds its connection for ever.
      statement_timeout: (timings ?? new DatabaseTimings()).statementMs,
      lock_timeout: 2000,
      idle_in_transaction_session_timeout: 10_000,
    },
  };
}
