import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { root } from './processes.mjs';

const ROUNDS = 200;
const TENANTS = 5;

/** The claim of the next call, with so many in the queue: times, and PostgreSQL's plan for it. */
export async function measureClaims(databaseUrl, sizes) {
  const require = createRequire(join(root, 'dist/src/cli.js'));
  Object.assign(process.env, { DATABASE_URL: databaseUrl, LOG_LEVEL: 'silent', ENCRYPTION_KEY: 'only for the benchmark, never kept' });
  require('reflect-metadata');
  const { NestFactory } = require('@nestjs/core');
  const { AppModule } = require(join(root, 'dist/src/app.module.js'));
  const { Migrator } = require(join(root, 'dist/src/platform/database/migrator.js'));
  const { ClaimCalls } = require(join(root, 'dist/src/modules/calls/claim-calls.js'));
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const db = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    await app.get(Migrator).prepare();
    for (const size of sizes) {
      const connectionId = await fillQueue(db, size);
      const claimed = await claimTimes(app.get(ClaimCalls), db, connectionId);
      const [p50, p99] = [0.5, 0.99].map((share) => claimed.times[Math.floor(claimed.times.length * share)].toFixed(2));
      console.log(`\nclaim with ${size.toLocaleString('en')} calls queued: p50 ${p50} ms, p99 ${p99} ms (BEGIN to COMMIT, one call a claim, ${ROUNDS} claims)`);
      console.log(await planOf(db, claimed.statement));
    }
  } finally {
    await db.end();
    await app.close();
  }
}

async function fillQueue(db, size) {
  await db.query('TRUNCATE tenants, connections RESTART IDENTITY CASCADE');
  await db.query(`INSERT INTO tenants (name) SELECT 'tenant ' || n FROM generate_series(1, $1::int) n`, [TENANTS]);
  const { rows: [connection] } = await db.query(`INSERT INTO connections (provider, concurrency_limit) VALUES ('vapi', 1) RETURNING id`);
  await db.query(
    `WITH made AS (
       INSERT INTO calls (tenant_id, kind, connection_id, provider_name, from_number, to_number, direction, status, start_time, work)
       SELECT 1 + n % $2, 'voice-agent', $3, 'vapi', '+525555550199', '+5255' || (10000000 + n), 'outgoing', 'queued', now(), '{"kind":"voice-agent"}'
       FROM generate_series(1, $1::int) n RETURNING id, tenant_id, to_number)
     INSERT INTO call_queue (call_id, tenant_id, connection_id, lane, to_number) SELECT id, tenant_id, $3, CASE WHEN id % 10 = 0 THEN 'single' ELSE 'bulk' END, to_number FROM made`,
    [size, TENANTS, connection.id],
  );
  await db.query('ANALYZE');
  return Number(connection.id);
}

async function claimTimes(claimCalls, db, connectionId) {
  const statement = {};
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function (...args) {
    if (args[0]?.name === 'dialer_claim') Object.assign(statement, args[0]);
    return original.apply(this, args);
  };
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const { attempts } = await claimCalls.execute(connectionId);
    times.push(performance.now() - began);
    if (attempts.length !== 1) throw new Error(`a claim took ${attempts.length} calls`);
    await db.query(`UPDATE call_attempts SET released_at = now(), state = 'over', check_at = NULL WHERE released_at IS NULL`);
  }
  pg.Client.prototype.query = original;
  return { times: times.sort((one, other) => one - other), statement };
}

/** Of the very statement, rolled back. */
async function planOf(db, { text, values }) {
  const client = await db.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query(`EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF, TIMING OFF) ${text}`, values);
    await client.query('ROLLBACK');
    return rows.map((row) => `  ${row['QUERY PLAN']}`).join('\n');
  } finally {
    client.release();
  }
}
