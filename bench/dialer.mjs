/** npm run bench:dialer [-- --calls 200 --limit 10 --skip-queue]: how close the dialer comes to keeping every line busy. */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Cleanup } from './harness/cleanup.mjs';
import { openCluster } from './harness/cluster.mjs';
import { measureClaims } from './harness/claims.mjs';
import { describeMachine } from './harness/machine.mjs';
import { startServer } from './harness/processes.mjs';

const KEY = 'lp_test_bench0000000000';
/** Seconds that a call rings before it is answered, in the sandbox's life of a call; see src/sandbox. */
const BEFORE_ANSWER = 1;
const [SHORTEST, LONGEST] = [2, 10];
const GOAL = 1.03;

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '200' }, limit: { type: 'string', default: '10' }, 'skip-queue': { type: 'boolean', default: false } },
});
const [calls, limit] = [Number(values.calls), Number(values.limit)];

const cleanup = new Cleanup();
cleanup.onSignals();
try {
  console.error(await describeMachine());
  const cluster = await openCluster(cleanup);
  await measureMakespan(await cluster.createDatabase('dialer'));
  if (!values['skip-queue']) await measureClaims(await cluster.createDatabase('queue'), [1000, 100_000]);
} finally {
  await cleanup.run();
}

async function measureMakespan(databaseUrl) {
  const folder = mkdtempSync(join(tmpdir(), 'llamador-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer(cleanup, ['dist/src/main.js'], {
    DATABASE_URL: databaseUrl,
    DATA_DIR: folder,
    BOOTSTRAP_API_KEY: KEY,
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
  });
  const db = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  db.on('error', () => undefined); // dropped by force at the end
  cleanup.add(() => void db.end());
  const call = (method, path, body) => request(server.url, method, path, body);

  await call('POST', '/phone-numbers', { number: '+525555550199', provider: 'vapi', providerId: 'bench', isDefault: true });
  const agent = await call('POST', '/voice-agents', { name: 'bench', provider: 'vapi', assistantId: 'bench' });
  // 2, 3 … 10 s in turn, so that the ideal is known; the sandbox takes the seconds from a number's last two digits.
  const talk = Array.from({ length: calls }, (_, n) => SHORTEST + (n % (LONGEST - SHORTEST + 1)) - BEFORE_ANSWER);
  const items = talk.map((seconds, n) => ({ to: `+5255${String(1000 + n).padStart(4, '0')}02${String(seconds).padStart(2, '0')}` }));
  const began = Date.now();
  await call('POST', '/calls/agent/bulk', { voiceAgentId: agent.id, calls: items });
  const samples = [];
  let state;
  do {
    await sleep(100);
    state = await call('GET', '/dialer');
    samples.push({ at: (Date.now() - began) / 1000, active: state.active, queued: state.queued });
  } while (state.queued + state.active > 0);

  const { rows: attempts } = await db.query(`
    SELECT extract(epoch FROM dialed_at)::float8 AS dialed, extract(epoch FROM accepted_at)::float8 AS accepted, extract(epoch FROM released_at)::float8 AS released
    FROM call_attempts ORDER BY dialed_at`);
  const { rows: outcomes } = await db.query('SELECT coalesce(disposition, status) AS outcome, count(*)::int AS n FROM calls GROUP BY 1 ORDER BY 2 DESC');
  const { rows: [refused] } = await db.query(`SELECT count(*)::int AS n FROM activities WHERE status = 'NO_LINE'`);
  report({ attempts, outcomes, refused: refused.n, samples, durations: talk.map((seconds) => seconds + BEFORE_ANSWER) });
}

function report({ attempts, outcomes, refused, samples, durations }) {
  const start = attempts[0].dialed;
  const makespan = Math.max(...attempts.map(({ released }) => released)) - start;
  const scheduled = listSchedule(durations);
  const bound = Math.max(durations.reduce((sum, one) => sum + one, 0) / limit, ...durations);
  const lastDialed = Math.max(...attempts.map(({ dialed }) => dialed));
  const waits = gaps(attempts);
  const waiting = samples.filter(({ queued }) => queued > 0);
  const busy = waiting.filter(({ active }) => active >= limit).length / Math.max(waiting.length, 1);
  const failedForLines = outcomes.find(({ outcome }) => outcome === 'no-line')?.n ?? 0;
  const rows = [
    ['calls', durations.length],
    ['lines', limit],
    ['durations, s', `${SHORTEST}–${LONGEST}`],
    ['ideal list schedule, s', scheduled.toFixed(2)],
    ['max(sum / lines, longest), s', bound.toFixed(2)],
    ['makespan, s', makespan.toFixed(2)],
    ['makespan / ideal', `${(makespan / scheduled).toFixed(3)}   goal ≤ ${GOAL}   ${verdict(makespan / scheduled <= GOAL)}`],
    ['line freed to next dial, p50 / p99, s', `${percentile(waits, 0.5).toFixed(3)} / ${percentile(waits, 0.99).toFixed(3)}`],
    ['all lines busy while calls waited', `${(busy * 100).toFixed(1)} %   (first to last dial: ${(lastDialed - start).toFixed(1)} s)`],
    ['most lines in use', `${mostAtOnce(attempts)}   limit ${limit}   ${verdict(mostAtOnce(attempts) <= limit)}`],
    ['"Over Concurrency Limit" answers', refused],
    ['calls failed for over-concurrency', `${failedForLines}   ${verdict(failedForLines === 0)}`],
    ['outcomes', outcomes.map(({ outcome, n }) => `${outcome} ${n}`).join(', ')],
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(40)}${value}`);
  console.log(`\nlines in use over time\n${chart(samples)}`);
  if (makespan / scheduled > GOAL || mostAtOnce(attempts) > limit || failedForLines > 0) process.exitCode = 1;
}

/** The makespan of a dialer that loses no time: each call, in order, to the line that is free first. */
function listSchedule(durations) {
  const free = new Array(limit).fill(0);
  for (const duration of durations) {
    const line = free.indexOf(Math.min(...free));
    free[line] += duration;
  }
  return Math.max(...free);
}

/** From each release to the dial that took the line, as long as calls waited. */
function gaps(attempts) {
  const releases = attempts.map(({ released }) => released).sort((one, other) => one - other);
  const later = attempts.slice(limit).map(({ dialed }) => dialed).sort((one, other) => one - other);
  return later.map((dialed, at) => dialed - releases[at]).sort((one, other) => one - other);
}

function mostAtOnce(attempts) {
  const events = attempts.flatMap(({ dialed, released }) => [[dialed, 1], [released, -1]]).sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  let now = 0;
  return events.reduce((most, [, change]) => Math.max(most, (now += change)), 0);
}

function chart(samples) {
  const buckets = 60;
  const end = samples.at(-1).at;
  const line = Array.from({ length: buckets }, (_, at) => {
    const inside = samples.filter(({ at: when }) => when >= (at * end) / buckets && when < ((at + 1) * end) / buckets);
    const mean = inside.reduce((sum, { active }) => sum + active, 0) / Math.max(inside.length, 1);
    return '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor((mean / limit) * 7.99))];
  });
  return `0 s ${line.join('')} ${end.toFixed(0)} s`;
}

async function request(url, method, path, body) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'x-api-key': KEY, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function verdict(good) {
  return good ? 'ok' : 'MISSED';
}
