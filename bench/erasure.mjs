/** npm run bench:erasure [-- --messages 5000 --calls 500 --webhooks 1000000 --activities 500000]: how long somebody takes to be forgotten, and whom it holds up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { Cleanup } from './harness/cleanup.mjs';
import { openCluster } from './harness/cluster.mjs';
import { describeMachine } from './harness/machine.mjs';
import { startServer } from './harness/processes.mjs';

const KEY = 'lp_test_bench0000000000';
const PHONE = '+525512345678';
const EMAIL = 'ana.bench@example.com';
const GOALS = { answerMs: 1000, doneSeconds: 60, lockMs: 500 };
const MOST_SECONDS = 300;
const SAMPLE_MS = 15;

/** Which rows are none of the person's. */
const OTHERS = [
  ['inbound_webhooks', `event_key LIKE 'other %'`],
  ['activities', `call_id IS NULL AND message_id IS NULL AND request->>'note' IS NOT NULL`],
  ['tasks', 'TRUE'],
  ['contacts', `first_name LIKE 'Other %'`],
];

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({ options: { messages: text('5000'), calls: text('500'), webhooks: text('1000000'), activities: text('500000') } });
const [messages, calls, webhooks, activities] = [values.messages, values.calls, values.webhooks, values.activities].map(Number);

const cleanup = new Cleanup();
cleanup.onSignals();
try {
  console.error(await describeMachine());
  const cluster = await openCluster(cleanup);
  await measure(await cluster.createDatabase('erasure'));
} finally {
  await cleanup.run();
}

async function measure(databaseUrl) {
  const folder = mkdtempSync(join(tmpdir(), 'llamador-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer(cleanup, ['dist/src/main.js'], { DATABASE_URL: databaseUrl, DATA_DIR: folder, BOOTSTRAP_API_KEY: KEY, RATE_LIMIT_PER_MINUTE: '0', LOG_LEVEL: 'warn' });
  const db = new pg.Pool({ connectionString: databaseUrl, max: 2, application_name: 'bench' });
  db.on('error', () => undefined); // dropped by force at the end
  cleanup.add(() => void db.end());
  const call = async (method, path, body) => {
    const headers = { 'x-api-key': KEY, ...(body && { 'content-type': 'application/json' }) };
    const response = await fetch(`${server.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };

  const person = (await call('POST', '/contacts', { firstName: 'Ana', nationalId: '12345', addresses: [{ channelType: 'PHONE', address: PHONE }, { channelType: 'EMAIL', address: EMAIL }, { channelType: 'WEBCHAT', address: 'orders' }] })).body;
  console.error('filling the database …');
  await fill(db, person);
  const others = await countOthers(db);
  const heldBefore = await theirs(db);

  const watch = watchLocks(db);
  const began = performance.now();
  const { status, body } = await call('DELETE', `/contacts/${person.id}?erase=true`);
  const answerMs = performance.now() - began;
  let erasure;
  while (status === 200 && (performance.now() - began) / 1000 < MOST_SECONDS) {
    erasure = (await call('GET', `/erasures/${body.erasureId}`)).body;
    if (erasure.status === 'completed') break;
    await sleep(50);
  }
  const doneSeconds = erasure?.status === 'completed' ? (performance.now() - began) / 1000 : Infinity;
  const lockMs = await watch.stop();
  const left = await theirs(db);
  const gone = await missing(db, others);

  report([
    ['theirs', `${messages} messages, ${calls} calls; ${heldBefore} rows mention them`],
    ['of others', others.map(({ table, n }) => `${n.toLocaleString('en')} ${table}`).join(', ')],
    ['answer', `${status} after ${answerMs.toFixed(0)} ms`, status === 200 && answerMs <= GOALS.answerMs, `≤ ${GOALS.answerMs} ms`],
    ['done', doneSeconds === Infinity ? 'never' : `after ${doneSeconds.toFixed(1)} s`, doneSeconds <= GOALS.doneSeconds, `≤ ${GOALS.doneSeconds} s`],
    ['longest transaction that held rows', `${lockMs.toFixed(0)} ms`, lockMs <= GOALS.lockMs, `≤ ${GOALS.lockMs} ms`],
    ['rows that mention them afterwards', String(left), left === 0, '0'],
    ['rows of others that went', String(gone), gone === 0, '0'],
    ['removed', erasure ? JSON.stringify(erasure.rows) : 'nothing'],
  ]);
}

async function fill(db, { id: contactId, tenantId }) {
  const hasSubjects = (await db.query(`SELECT 1 FROM information_schema.columns WHERE table_name = 'inbound_webhooks' AND column_name = 'subjects'`)).rowCount > 0;
  /** What the product would have written beside each row. */
  const subjects = (sql) => (hasSubjects ? `, ${sql}` : '');
  const [column, digits] = [hasSubjects ? ', subjects' : '', PHONE.slice(1)];
  const connectionOf = async (provider) => (await db.query(`INSERT INTO connections (provider) VALUES ($1) ON CONFLICT (tenant_id, provider) DO UPDATE SET provider = excluded.provider RETURNING id`, [provider])).rows[0].id;
  const [vapi, whatsapp] = [await connectionOf('vapi'), await connectionOf('whatsapp')];
  const run = (sql) => db.query(sql);

  await run(`INSERT INTO contacts (tenant_id, first_name) SELECT ${tenantId}, 'Other ' || n FROM generate_series(1, 1000) n`);
  await run(`INSERT INTO activities (tenant_id, contact_id, communication_type, source, status, request, response)
    SELECT ${tenantId}, (SELECT min(id) FROM contacts WHERE id > ${contactId}) + n % 1000, 'VapiCall', 'api', 'OK', jsonb_build_object('url', 'https://api.vapi.ai/call', 'customer', '+5255' || 20000000 + n, 'order', 12345, 'note', 'orders of today'),
      jsonb_build_object('status', 201, 'text', repeat('words that were said ', 10)) FROM generate_series(1, ${activities}) n`);
  await run(`INSERT INTO inbound_webhooks (connection_id, provider, event_key, payload, applied_at${column})
    SELECT ${vapi}, 'vapi', 'other ' || n, jsonb_build_object('message', jsonb_build_object('type', 'end-of-call-report', 'timestamp', 1774539796123 + n, 'call', jsonb_build_object('id', 'other-' || n, 'customer', jsonb_build_object('number', '+5255' || 20000000 + n)),
      'order', '12345', 'list', 'orders', 'transcript', repeat('words that were said ', 25))), now()${subjects(`ARRAY['id:${vapi}:other-' || n, 'tel:5255' || 20000000 + n]`)}
    FROM generate_series(1, ${webhooks}) n`);
  await run(`INSERT INTO tasks (id, tenant_id, objective, created_by_type, created_by_id, assigned_to_type, assigned_to_id, status)
    SELECT 'task_' || n, ${tenantId}, 'Look after orders, customer 12345, +5255' || 20000000 + n, 'user', '1', 'user', '1', 'scheduled' FROM generate_series(1, 50000) n`);

  await run(`INSERT INTO calls (tenant_id, kind, provider_name, provider_id, connection_id, contact_id, from_number, to_number, direction, status, start_time)
    SELECT ${tenantId}, 'voice-agent', 'vapi', 'ana-call-' || n, ${vapi}, ${contactId}, '+525500000000', '${PHONE}', 'outgoing', 'completed', now() FROM generate_series(1, ${calls}) n`);
  await run(`INSERT INTO call_attempts (tenant_id, call_id, connection_id, number, lane, state, provider_id, accepted_at, released_at) SELECT tenant_id, id, connection_id, 1, 'bulk', 'over', provider_id, now(), now() FROM calls`);
  await run(`INSERT INTO transcriptions (tenant_id, call_id, text) SELECT tenant_id, id, 'I am Ana, ${EMAIL}' FROM calls`);
  await run(`INSERT INTO activities (tenant_id, contact_id, communication_type, source, status, request, call_id) SELECT tenant_id, contact_id, 'VapiCall', 'api', 'OK', jsonb_build_object('to', '${PHONE}'), id FROM calls, generate_series(1, 3)`);
  await run(`INSERT INTO inbound_webhooks (connection_id, provider, event_key, payload, applied_at${column})
    SELECT ${vapi}, 'vapi', provider_id || ' ' || n, jsonb_build_object('message', jsonb_build_object('type', 'status-update', 'call', jsonb_build_object('id', provider_id, 'customer', jsonb_build_object('number', '${PHONE}')))), now()${subjects(`ARRAY['call:' || id, 'id:${vapi}:' || provider_id, 'tel:${digits}']`)} FROM calls, generate_series(1, 4) n`);

  await run(`INSERT INTO messaging_conversations (tenant_id, our_number, address, identity, contact_id) VALUES (${tenantId}, '+525500000000', '${PHONE}', '${PHONE}', ${contactId})`);
  await run(`INSERT INTO messages (id, tenant_id, messaging_conversation_id, connection_id, provider_id, direction, type, status, content, sender, recipient, contact_id)
    SELECT 'msg_' || n, ${tenantId}, v.id, ${whatsapp}, 'wamid.HBgNNTIxNTUxMjM0NTY3OBUCABEYEj' || n, 'outbound', 'text', 'read', 'Hello ${EMAIL}', '{}', jsonb_build_object('address', '${PHONE}'), ${contactId} FROM messaging_conversations v, generate_series(1, ${messages}) n`);
  await run(`INSERT INTO activities (tenant_id, contact_id, communication_type, source, status, request, message_id) SELECT tenant_id, contact_id, 'WhatsAppStatus', 'webhook', 'READ', jsonb_build_object('to', '${digits}'), id FROM messages, generate_series(1, 3)`);
  await run(`INSERT INTO inbound_webhooks (connection_id, provider, event_key, payload, applied_at${column})
    SELECT ${whatsapp}, 'whatsapp', 'status ' || provider_id || ' ' || n, jsonb_build_object('kind', 'status', 'event', jsonb_build_object('id', provider_id, 'recipient_id', '${digits}')), now()${subjects(`ARRAY['message:' || id, 'id:${whatsapp}:' || provider_id, 'tel:${digits}']`)} FROM messages, generate_series(1, 3) n`);
  await run('VACUUM ANALYZE');
}

async function countOthers(db) {
  const counts = [];
  for (const [table, condition] of OTHERS) counts.push({ table, n: (await db.query(`SELECT count(*)::int AS n FROM ${table} WHERE ${condition}`)).rows[0].n });
  return counts;
}

async function missing(db, before) {
  const after = await countOthers(db);
  return before.reduce((sum, { n }, at) => sum + n - after[at].n, 0);
}

/** Rows of all tables that hold the number, in any spelling, the email or an id that a provider gave. */
async function theirs(db) {
  const { rows: tables } = await db.query(`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`);
  let sum = 0;
  for (const { name } of tables) sum += (await db.query(`SELECT count(*)::int AS n FROM "${name}" t WHERE t::text LIKE ANY (ARRAY['%${PHONE.slice(-10)}%', '%${EMAIL}%', '%ana-call-%', '%wamid.%'])`)).rows[0].n;
  return sum;
}

/** The longest that a transaction of the product's, with rows written, was open. */
function watchLocks(db) {
  let [longest, watching] = [0, true];
  const done = (async () => {
    while (watching) {
      const { rows } = await db.query(`SELECT coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0)::float8 * 1000 AS ms FROM pg_stat_activity a
        WHERE a.application_name = 'llamador' AND a.datname = current_database() AND a.backend_xid IS NOT NULL`);
      longest = Math.max(longest, rows[0].ms);
      await sleep(SAMPLE_MS);
    }
  })();
  return {
    async stop() {
      watching = false;
      await done;
      return longest;
    },
  };
}

function report(rows) {
  for (const [name, value, isGood, goal] of rows) console.log(`${name.padEnd(38)}${value}${goal ? `   goal ${goal}   ${isGood ? 'ok' : 'MISSED'}` : ''}`);
  if (rows.some(([, , isGood]) => isGood === false)) process.exitCode = 1;
}
