import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { anotherDatabase } from '../../support/database';
import { TestApp } from '../../support/test-app';
import { until } from '../../support/until';
import { build } from '../import/programs';

const ROOT = join(__dirname, '../../..');
const KEY = 'lp_live_first0000000000000000000000000000';

/** What each table held for its users, of the columns that the first release had and that mean something by themselves. */
const KEPT: Record<string, string> = {
  tenants: 'id, name, default_country',
  users: 'id, tenant_id, name, email, phone_number',
  api_keys: 'id, tenant_id, user_id, name, prefix, key_hash, scopes, mode',
  idempotency_keys: 'tenant_id, key, fingerprint, status, body',
  custom_field_definitions: 'id, tenant_id, entity_type, field_key, field_type',
  custom_field_options: 'id, tenant_id, definition_id, value',
  contacts: 'id, tenant_id, national_id, first_name, last_name, custom_fields, event_sequence, archived_at, created_at, updated_at',
  contact_addresses: 'id, tenant_id, contact_id, channel_type, address',
  funnels: 'id, tenant_id, name',
  funnel_statuses: 'id, tenant_id, funnel_id, name, position',
  conversations: 'id, tenant_id, contact_id, funnel_id, funnel_status_id, custom_fields, created_at',
  channel_sessions: 'id, tenant_id, funnel_conversation_id, contact_address_id, channel_type, start_time',
  operations: 'id, tenant_id, kind, status, message, report::text',
  'contact_counts (sums)': '',
};

const CONTENT = (table: string, columns: string): string =>
  columns === ''
    ? 'SELECT count(*)::int AS rows, string_agg(tenant_id || $$:$$ || unarchived, $$,$$ ORDER BY tenant_id) AS checksum FROM (SELECT tenant_id, sum(unarchived) AS unarchived FROM contact_counts GROUP BY tenant_id) sums'
    : `SELECT count(*)::int AS rows, sum(hashtextextended((ROW(${columns}))::text, 0))::text AS checksum FROM ${table}`;

describe('an upgrade from the first release', () => {
  let url: string;
  let db: Client;
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    await build();
    url = await anotherDatabase();
    db = new Client({ connectionString: url });
    await db.connect();
    await db.query("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'");
    for (const file of ['first-schema.sql', 'first-rows.sql']) await db.query(readFileSync(join(__dirname, file), 'utf8'));
  }, 300_000); // a build on a busy machine

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await db?.end();
  });

  /** `cli migrate`, as the servers do it by themselves. */
  function migrating(): { child: ChildProcess; said: () => string; ended: Promise<number | null> } {
    const child = spawn(process.execPath, ['dist/src/cli.js', 'migrate'], { cwd: ROOT, env: { ...process.env, DATABASE_URL: url }, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { child, said: () => text, ended: once(child, 'exit').then(([code]) => code as number | null) };
  }

  const contents = async (): Promise<Record<string, unknown>> => {
    const found: Record<string, unknown> = {};
    for (const [table, columns] of Object.entries(KEPT)) found[table] = (await db.query(CONTENT(table, columns))).rows[0];
    return found;
  };
  const done = async (): Promise<string[]> => (await db.query<{ name: string }>('SELECT name FROM migrations ORDER BY timestamp')).rows.map(({ name }) => name);

  it('loses nothing, in spite of a kill in the middle and of two processes at once, and waits for who is writing', async () => {
    const before = await contents();
    expect(before.contacts).toMatchObject({ rows: 200_000 });

    // A transaction that goes on for longer than any lock is asked for.
    const busy = new Client({ connectionString: url, application_name: 'a long report' });
    busy.on('error', () => undefined);
    await busy.connect();
    await busy.query('BEGIN; LOCK TABLE contacts IN ROW EXCLUSIVE MODE');
    const first = migrating();
    await until(async () => first.said().includes('a long report'), 30);
    expect(first.said()).toMatch(/waits for contacts, which is in use by a long report \(pid \d+, user \w+, idle in transaction since 20\d\d-.*pg_terminate_backend/);
    expect(await done()).toEqual(['Foundation1763600000000']);
    first.child.kill('SIGKILL');
    expect(await first.ended).toBeNull();
    await busy.query('COMMIT');
    await busy.end();

    const second = migrating();
    await until(async () => (await done()).length > 1, 30);
    second.child.kill('SIGKILL');
    await second.ended;

    const both = [migrating(), migrating()];
    for (const { ended, said } of both) expect({ code: await ended, said: said() }).toMatchObject({ code: 0 });
    expect(await done()).toHaveLength(readdirSync(join(ROOT, 'migrations')).length);
    expect((await db.query('SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid')).rows).toEqual([]);
    expect(await contents()).toEqual(before);
  }, 180_000);

  it('gives the schema that a new database has', async () => {
    const fresh = new Client({ connectionString: process.env.DATABASE_URL });
    await fresh.connect();
    try {
      expect(await schemaOf(db)).toEqual(await schemaOf(fresh));
    } finally {
      await fresh.end();
    }
  });

  it('lets the keys, the stored answers and the reports of before be used', async () => {
    const app = await TestApp.start({ DATABASE_URL: url });
    try {
      const api = app.client(KEY);
      const replayed = await api.post<{ id: number }>('/contacts', { firstName: 'Ana' }, { 'Idempotency-Key': 'first-key' });
      expect(replayed).toMatchObject({ status: 200, body: { id: 2 } });
      expect(replayed.headers['idempotency-replayed']).toBe('true');
      expect((await api.get('/operations/op_0000first')).body).toMatchObject({ status: 'completed' });
      expect((await api.get<{ totalCount: number }>('/contacts', { filterBy: 'addresses.address:+56910000002' })).body).toMatchObject({ totalCount: 1 });
    } finally {
      await app.close();
    }
  });
});

/** Columns, constraints and indexes, each by its definition. */
async function schemaOf(db: Client): Promise<string[]> {
  const { rows } = await db.query<{ line: string }>(`
    SELECT format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY line`);
  return rows.map(({ line }) => line);
}
