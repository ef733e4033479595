import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Settings of the machine that must not reach a test's app. */
const SETTINGS = /^(PORT|HOST|DATABASE_\w+|REDIS_URL|PUBLIC_URL|BOOTSTRAP_API_KEY|DEFAULT_COUNTRY|SANDBOX_SPEED)$/;

for (const name of Object.keys(process.env)) if (SETTINGS.test(name)) delete process.env[name];

Object.assign(process.env, {
  DATABASE_URL: process.env[`TEST_DATABASE_OF_WORKER_${process.env.JEST_WORKER_ID}`],
  DATA_DIR: join(tmpdir(), 'llamador-test-data'),
  ENCRYPTION_KEY: 'only for tests, and long enough for one',
  RATE_LIMIT_PER_MINUTE: '0',
  LOG_LEVEL: 'silent',
});
