import { join } from 'node:path';
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { Config } from '../config/config';
import { PlainError } from '../errors/plain-error';

/** Migrations run from the built tree and, in tests, from the sources. */
const MIGRATIONS = join(__dirname, '../../../migrations/*.{js,ts}');

export function dataSourceOptions(config: Pick<Config, 'DATABASE_URL' | 'DATABASE_POOL_SIZE'>): DataSourceOptions {
  return {
    type: 'postgres',
    url: config.DATABASE_URL,
    synchronize: false,
    migrations: [MIGRATIONS],
    migrationsTransactionMode: 'each',
    parseInt8: true,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'llamador',
    connectTimeoutMS: 3000,
    logging: false,
    extra: {
      keepAlive: true,
      // Instants are written as UTC and so can be read without making a Date of each. No statement here runs long enough for
      // what its compilation costs, which is 100 ms for a claim of the dialer's with 100,000 calls queued.
      options: '-c TimeZone=UTC -c jit=off',
      // All of these are off by default: without them a stuck statement holds its connection for ever.
      statement_timeout: 5000,
      lock_timeout: 2000,
      idle_in_transaction_session_timeout: 10_000,
    },
  };
}

/** For an entrypoint, before all else. @throws PlainError where the database cannot be reached */
export async function connect(dataSource: DataSource): Promise<void> {
  try {
    if (!dataSource.isInitialized) await dataSource.initialize();
  } catch (error) {
    const { message, code = message } = error as Error & { code?: string };
    throw new PlainError(`The database of DATABASE_URL cannot be reached: ${message || code}.`, { cause: error });
  }
}
