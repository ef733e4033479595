import { createHash } from 'node:crypto';
import { chmodSync, openAsBlob, readFileSync, readdirSync, mkdtempSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeLeads } from './harness/leads.mjs';
import { phoneOf } from './harness/people.mjs';
import { root } from './harness/processes.mjs';

// `node bench/imports.mjs --rows 1000000 --kill`: a file of so many leads through POST /imports and its job, on a product of
// its own with its own database; with --kill, the app is killed -9 in the middle; with --dry-run, 20 writers work meanwhile on the
// file's own people and on others. Prints rows/s, peak memory and the counts, and of the writers the slowest and who was refused.
const { values: options } = parseArgs({ options: { rows: { type: 'string', default: '100000' }, kill: { type: 'boolean', default: false }, 'dry-run': { type: 'boolean', default: false }, port: { type: 'string', default: '3987' } } });
const ROWS = Number(options.rows);
const KEY = 'lp_test_bench0000000000000000';
const API = `http://127.0.0.1:${options.port}/api/v1`;
const KILL_AT = 0.4;
const DRY_RUN = options['dry-run'];
const WRITERS = 20;

const folder = mkdtempSync(join(tmpdir(), 'llamador-bench-imports-'));
chmodSync(folder, 0o711); // where it runs as root, its database is another user's
const launcher = spawn(process.execPath, [join(root, 'scripts/start.mjs')], {
  env: { ...process.env, DATABASE_URL: '', REDIS_URL: '', DATA_DIR: join(folder, 'data'), PORT: options.port, BOOTSTRAP_API_KEY: KEY, LOG_LEVEL: 'warn' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let output = '';
launcher.stdout.on('data', (chunk) => (output += chunk));

try {
  await until(() => output.includes('Llamador is ready') || launcher.exitCode !== null, 120);
  const funnel = await post('/funnels', { name: 'Sales', statuses: [{ name: 'New' }] });
  const file = join(folder, 'leads.csv');
  await writeLeads(file, 1, ROWS);
  const began = performance.now();
  const form = new FormData();
  form.set('kind', 'conversations');
  form.set('options', JSON.stringify({ funnel: String(funnel.id), dryRun: DRY_RUN }));
  form.set('file', await openAsBlob(file), 'leads.csv');
  const { id } = await answerOf(fetch(`${API}/imports`, { method: 'POST', headers: headers(), body: form }));

  const writing = { over: false, requests: 0, refused: [], slowestMs: 0 };
  const writers = Promise.all(Array.from({ length: DRY_RUN ? WRITERS : 0 }, (_, nr) => write(nr, funnel.id, writing)));
  let killed = false;
  let peakMb = 0;
  let found;
  const lost = { from: 0, until: 0 };
  for (;;) {
    peakMb = Math.max(peakMb, residentMb(appPid()));
    found = await answerOf(fetch(`${API}/imports/${id}`, { headers: headers() })).catch(() => found);
    if (killed && !lost.until && found.progress.processed > lost.at) lost.until = performance.now();
    if (found?.finishedAt) break;
    if (options.kill && !killed && found?.progress.processed > ROWS * KILL_AT) {
      killed = true;
      Object.assign(lost, { at: found.progress.processed, from: performance.now() });
      process.kill(appPid(), 'SIGKILL');
    }
    await sleep(200);
  }
  const seconds = (performance.now() - began) / 1000;
  writing.over = true;
  await writers;
  const conversations = await answerOf(fetch(`${API}/conversations?pageSize=1`, { headers: headers() }));
  const exact = found.status === 'completed' && found.counts.total === ROWS && found.counts.successful + found.counts.duplicates + found.counts.errors === ROWS && (DRY_RUN || conversations.totalCount === found.counts.successful);
  const pauseSeconds = killed ? (lost.until - lost.from) / 1000 : 0;
  console.log(JSON.stringify({ rows: ROWS, killed, seconds: round(seconds), pauseSeconds: round(pauseSeconds), rowsPerSecond: Math.round(ROWS / (seconds - pauseSeconds)), peakRssMb: peakMb, exact, ...(DRY_RUN && { writers: { requests: writing.requests, slowestMs: Math.round(writing.slowestMs), refused: writing.refused } }), counts: found.counts, errors: found.errorCodes, file: createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12) }));
  process.exitCode = exact && writing.refused.length === 0 ? 0 : 1;
} finally {
  launcher.kill('SIGTERM');
  if (launcher.exitCode === null) await new Promise((resolve) => launcher.once('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}

/** A few requests a second, of people of the file and of others. */
async function write(nr, funnelId, writing) {
  for (let n = nr; !writing.over; n += WRITERS) {
    const nationalId = `9${String(4 * (n + 1)).padStart(7, '0')}-${(4 * (n + 1)) % 10}`;
    const began = performance.now();
    try {
      if (n % 2) await post('/contacts', { firstName: 'Writer', nationalId, addresses: [{ channelType: 'PHONE', address: `+52${phoneOf('81', n)}` }] });
      else await post('/conversations/bulk', { conversations: [{ funnelId, contact: { phones: [`+52${phoneOf('22', 8 * n)}`] } }, { funnelId, contact: { nationalId, phones: [`+52${phoneOf('81', n)}`] } }] });
    } catch (error) {
      writing.refused.push(error.message);
    }
    writing.requests++;
    writing.slowestMs = Math.max(writing.slowestMs, performance.now() - began);
    await sleep(200);
  }
}

/** The app is the launcher's child that is node. */
function appPid() {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(name)?.parent === launcher.pid);
  return Number(children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('main.js')) ?? 0);
}

function statOf(pid) {
  try {
    const [, , parent] = /\) (\S+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function residentMb(pid) {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

function headers() {
  return { authorization: `Bearer ${KEY}` };
}

function post(path, body) {
  return answerOf(fetch(`${API}${path}`, { method: 'POST', headers: { ...headers(), 'content-type': 'application/json' }, body: JSON.stringify(body) }));
}

async function answerOf(pending) {
  const answer = await pending;
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function until(isTrue, seconds) {
  for (let waited = 0; !isTrue(); waited += 0.1) {
    if (waited > seconds || launcher.exitCode !== null) throw new Error(`waited ${seconds} s in vain`);
    await sleep(100);
  }
}

function round(seconds) {
  return Math.round(seconds * 10) / 10;
}
