import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { CUSTOM_FIELDS } from './people.mjs';
import { root, startServer } from './processes.mjs';

const API_KEY = 'lp_live_bench0000000000';
const FUNNEL_STATUSES = ['New', 'Contacted', 'Promised'];
const OTHER_TENANTS = 5;

/** The server to compare with. Its schema lies in bare/schema.sql. */
export async function openBare(cluster, cleanup) {
  const databaseUrl = await cluster.createDatabase('bare');
  const db = openDatabase(databaseUrl, cleanup);
  await db.query(await readFile(join(root, 'bench/bare/schema.sql'), 'utf8'));
  const tenantId = 1;
  const otherTenantIds = Array.from({ length: OTHER_TENANTS }, (_, n) => n + 2);
  const env = { DATABASE_URL: databaseUrl, API_KEY, TENANT_ID: String(tenantId) };
  const server = await startServer(cleanup, ['bench/bare-server.mjs'], env);
  return {
    ...sideOf('bare', server, db),
    tenantId,
    otherTenantIds,
    importer: { args: ['bench/bare-import.mjs'], env },
    async createFunnel(name) {
      const sql = `INSERT INTO funnels (tenant_id, name, status_ids) VALUES ($1, $2, $3) RETURNING id`;
      const statusIds = FUNNEL_STATUSES.map((_, n) => n + 1);
      const { rows } = await db.query(sql, [tenantId, name, statusIds]);
      return { id: Number(rows[0].id), statusIds };
    },
  };
}

/** The product as built, in a database that it migrates by itself. */
export async function openProduct(cluster, cleanup) {
  const databaseUrl = await cluster.createDatabase('product');
  const folder = mkdtempSync(join(tmpdir(), 'llamador-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: folder, LOG_LEVEL: 'warn' };
  const settings = { ...env, BOOTSTRAP_API_KEY: API_KEY, RATE_LIMIT_PER_MINUTE: '0' };
  const server = await startServer(cleanup, ['dist/src/main.js'], settings);
  const db = openDatabase(databaseUrl, cleanup);
  const { rows: own } = await db.query('SELECT tenant_id AS id FROM api_keys LIMIT 1');
  const { rows: others } = await db.query(
    `INSERT INTO tenants (name) SELECT 'other ' || n FROM generate_series(1, ${OTHER_TENANTS}) AS n RETURNING id`,
  );
  const side = {
    ...sideOf('product', server, db),
    tenantId: own[0].id,
    otherTenantIds: others.map(({ id }) => id),
    // With the heap that npm run cli gives it.
    importer: { args: ['--max-old-space-size=168', '--max-semi-space-size=16', 'dist/src/cli.js', 'import', 'conversations', '--errors', join(folder, 'errors.csv')], env },
    async createFunnel(name) {
      const funnel = await side.call('POST', '/api/v1/funnels', { name, statuses: FUNNEL_STATUSES.map((status) => ({ name: status })) });
      return { id: funnel.id, statusIds: funnel.statuses.map(({ id }) => id) };
    },
  };
  // An unknown key would be a warning in every bulk item, which is not what a customer's day looks like.
  for (const entityType of ['CONTACT', 'FUNNEL_CONVERSATION']) {
    for (const [fieldKey, fieldType] of Object.entries(CUSTOM_FIELDS)) {
      await side.call('POST', '/api/v1/custom-fields/definitions', { entityType, fieldKey, fieldType, fieldLabel: fieldKey });
    }
  }
  return side;
}

function openDatabase(connectionString, cleanup) {
  const db = new pg.Pool({ connectionString, max: 2 });
  db.on('error', () => undefined); // dropped by force at the end
  cleanup.add(() => void db.end()); // not awaited: after Ctrl-C a statement may still run, until the database is dropped
  return db;
}

function sideOf(name, server, db) {
  const headers = { 'x-api-key': API_KEY, 'content-type': 'application/json' };
  return {
    name,
    server,
    db,
    url: server.url,
    headers,
    /** How many of a kind were made here so far: what is new must be new on each side. */
    made: {},
    take(kind, count = 1) {
      const first = this.made[kind] ?? 0;
      this.made[kind] = first + count;
      return first;
    },
    async call(method, path, body) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(server.url + path, { method, headers, body: text });
      const answer = await response.text();
      if (response.status !== 200) throw new Error(`${name} answers ${response.status} to ${method} ${path}: ${answer.slice(0, 500)}`);
      return JSON.parse(answer);
    },
  };
}
