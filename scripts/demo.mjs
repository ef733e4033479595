import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildIfNeeded, root } from './build-if-needed.mjs';

// `npm run demo [-- --leads file.csv] [--calls 200] [--exit]`: a call centre in a minute, on this machine and at no cost.
const { values: options } = parseArgs({ options: { leads: { type: 'string' }, calls: { type: 'string', default: '200' }, exit: { type: 'boolean', default: false } } });

const LEADS = 1000;
const FIRST_CALLS = Number(options.calls) || 200;
const KEY = 'lp_test_demo0000000000000000';
const CALLER = '+525555550199';

/** How the first leads answer, by the endings of the sandbox's magic numbers (see /docs): most talk, as in life. */
const ENDINGS = ['0207', '0001', '0204', '0002', '0209', '0203', '0003', '0205', '0004'];

let lastProgress = '';
const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGTERM')));
process.once('SIGINT', () => void stop(130));

await buildIfNeeded();
const { dataDirOf } = await import('../dist/src/platform/embedded/data-dir.js');
const { makeFolder } = await import('../dist/src/platform/embedded/postgres-host.js');
const DATA_DIR = join(dataDirOf(root, {}), 'demo');
rmSync(DATA_DIR, { recursive: true, force: true });
makeFolder(DATA_DIR);
const env = {
  ...process.env,
  DATABASE_URL: '',
  DATA_DIR,
  PORT: String(await freePort()),
  BOOTSTRAP_API_KEY: KEY,
  SANDBOX_SPEED: process.env.SANDBOX_SPEED || '4',
  LOG_LEVEL: process.env.LOG_LEVEL || 'error',
  // The demo never calls anybody: whatever the environment says, the sandbox plays the provider.
  VAPI_API_KEY: '',
};

const server = run(['scripts/start.mjs'], { stdio: ['ignore', 'pipe', 'inherit'] });
const url = await readyUrl(server);
say(`Llamador runs at ${url}`);

const funnel = await call('POST', '/funnels', { name: 'Demo', statuses: [{ name: 'New' }, { name: 'Called' }] });
await call('POST', '/phone-numbers', { number: CALLER, provider: 'vapi', providerId: 'demo-number', isDefault: true });
const agent = await call('POST', '/voice-agents', { name: 'Sofía', provider: 'vapi', assistantId: 'demo-assistant', variableDefaults: { company: 'Demo' } });

const file = options.leads ?? writeLeads();
const report = await importLeads(file);
say(`Imported ${relative(process.cwd(), file)}: ${report.successful} leads, ${report.duplicates} duplicates, ${report.errors} rows without a usable address`);

const dialed = await startCalls();
say(`Queued ${dialed} calls. The provider has 10 lines.`);
const state = await watch(dialed);
await summarise(state, dialed);
if (options.exit || !process.stdout.isTTY) await stop(0);
say(`\nStill running, to look around: ${url}/docs, with the key ${KEY}. Ctrl-C stops it.`);

/** Conversations, oldest first; each contact's phone is called. */
async function startCalls() {
  const calls = [];
  for (let pageToken; calls.length < FIRST_CALLS;) {
    const page = await call('GET', `/conversations?sortBy=id=asc&pageSize=100${pageToken ? `&pageToken=${encodeURIComponent(pageToken)}` : ''}`);
    for (const contact of page.items.flatMap(({ contacts }) => contacts)) {
      if (contact.phone && calls.length < FIRST_CALLS) calls.push({ to: contact.phone, contextVariables: { client_name: contact.firstName ?? '' } });
    }
    pageToken = page.nextPageToken;
    if (!pageToken) break;
  }
  const { report: bulk } = await call('POST', '/calls/agent/bulk', { voiceAgentId: agent.id, calls });
  return bulk.counts.successful;
}

async function watch(total) {
  for (const began = Date.now(); ; await sleep(250)) {
    const [dialer, counts] = await Promise.all([call('GET', '/dialer'), countByDisposition()]);
    const done = [...counts.values()].reduce((sum, n) => sum + n, 0);
    progress(`queued ${dialer.queued}  on the line ${dialer.active}/${dialer.limit}  done ${done}  ${shown(counts)}`);
    if (done >= total) {
      if (process.stdout.isTTY) process.stdout.write('\n');
      return { counts, seconds: (Date.now() - began) / 1000 };
    }
  }
}

async function countByDisposition() {
  const { items } = await call('GET', '/dispositions');
  const counted = await Promise.all(items.map(async ({ disposition }) => [disposition, (await call('GET', `/calls?filterBy=disposition:${disposition}&pageSize=1`)).totalCount]));
  return new Map(counted.filter(([, n]) => n > 0));
}

async function summarise({ counts, seconds }, total) {
  say(`\n${total} calls in ${seconds.toFixed(1)} s, at ${env.SANDBOX_SPEED} times the speed of life:`);
  for (const [disposition, n] of [...counts].sort((one, other) => other[1] - one[1])) say(`  ${String(n).padStart(5)}  ${disposition}`);
  const { items: [example] } = await call('GET', '/calls?filterBy=disposition:answered&sortBy=id=asc&pageSize=1');
  if (!example) return;
  say('\nLook further, with the header X-API-Key: ' + KEY);
  say(`  ${url}/docs`);
  say(`  ${url}/api/v1/calls/${example.id}`);
  say(`  ${url}/api/v1/calls/${example.id}/transcription`);
  say(`  ${url}/api/v1/calls/${example.id}/recording`);
  say(`  ${url}/api/v1/contacts/${example.contactId}/activity`);
  say(`  ${url}/api/v1/dialer`);
}

async function importLeads(path) {
  const child = run(['scripts/cli.mjs', 'import', 'conversations', path, '--funnel', String(funnel.id), '--errors', join(DATA_DIR, 'errors.csv')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the import ended with ${code}`);
  return JSON.parse(output);
}

/** Messy, as leads are: numbers in every spelling, some people twice, some rows without an address. */
function writeLeads() {
  const path = join(DATA_DIR, 'leads.csv');
  const lines = Array.from({ length: LEADS }, (_, n) => {
    const lead = n % 10 === 9 ? n - 1 : n;
    const national = `55${String(1000 + (lead * 7) % 9000)}${ENDINGS[lead % ENDINGS.length]}`;
    const phone = n % 25 === 24 ? 'no tiene' : [`+52${national}`, `+52 ${national.slice(0, 2)} ${national.slice(2, 6)} ${national.slice(6)}`, `(${national.slice(0, 2)}) ${national.slice(2)}`][n % 3];
    return `Lead ${lead},${phone},Nissan Versa ${2015 + (lead % 10)}`;
  });
  writeFileSync(path, `client_name,phone,vehicle\n${lines.join('\n')}\n`);
  return path;
}

function run(args, { stdio }) {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function readyUrl(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^Llamador is ready: (\S+)/.exec(line)?.[1];
    if (found) return found;
  }
  throw new Error('the server did not start');
}

async function call(method, path, body) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'x-api-key': KEY, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer.message}`);
  return answer;
}

async function freePort() {
  if (process.env.PORT) return process.env.PORT;
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

async function stop(code) {
  if (children.has(server)) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  process.exit(code);
}

function shown(counts) {
  return [...counts].map(([name, n]) => `${name} ${n}`).join('  ');
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

/** One line that changes; where nobody watches, a line whenever it has changed. */
function progress(text) {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${text.slice(0, process.stdout.columns - 1)}`);
  else if (text !== lastProgress) say(text);
  lastProgress = text;
}
