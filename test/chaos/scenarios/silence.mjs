import { setTimeout as sleep } from 'node:timers/promises';
import relay from '../../support/tcp-relay.cjs';
import { callsOver, countOf, queueCalls, remains } from '../calls.mjs';
import { Redis } from '../redis.mjs';

export const title = 'the network to PostgreSQL and Redis falls silent for 60 s, and is cut, under load and while calls are dialed';

const CLIENTS = 16;
const CALLS = 3000;
const LINES = 10;
const SILENCE_SECONDS = 60;
const HEALED_SECONDS = 30;
/** So long has to go well to count as healed: a pool that is half dead answers now and then. */
const WELL_MS = 2000;

/** An API and two workers, which have their own roads: who is silent differs, and new connections work unless it says otherwise. */
export async function run({ startProduct, openVapi, cleanup }) {
  if (!Redis.isPossible) return { skipped: 'there is no redis-server here' };
  const roads = {};
  const build = async (name, target) => {
    roads[name] = await relay.TcpRelay.open(target);
    cleanup.add(() => roads[name].close());
    return roads[name].url;
  };
  const redis = await Redis.open(cleanup);
  const vapi = await openVapi({ lines: LINES });
  const worker = {};
  const { product, db, env, startOther } = await startProduct(async (databaseUrl) => {
    worker.DATABASE_URL = await build('workers', databaseUrl);
    worker.REDIS_URL = await build('redis', redis.url);
    return { ...vapi.env, DATABASE_URL: await build('api', databaseUrl), REDIS_URL: redis.url };
  });
  for (let n = 0; n < 2; n++) await startOther({ ...env, ...worker, INTERNAL_URL: product.url }, ['dist/src/worker.js']);
  vapi.target = product.url;
  await queueCalls(product, CALLS);

  const load = new Load(product);
  const faults = [
    ['api', 'silence', {}],
    ['workers', 'silence', {}],
    ['redis', 'silence', {}],
    ['api', 'silence', { newOnes: true }],
    ['workers', 'silence', { newOnes: true }],
    ['api', 'cut'],
    ['workers', 'cut'],
    ['redis', 'cut'],
  ];
  let slowest = 0;
  let unready = 0;
  for (const [road, fault, options] of faults) {
    await sleep(3000);
    const began = performance.now();
    roads[road][fault](options);
    const isFrozen = options?.newOnes === true;
    if (fault === 'silence') {
      if (isFrozen && road === 'api') unready += await readyz(product);
      if (!isFrozen && road === 'api') slowest = Math.max(slowest, await load.healedAfter(began));
      await sleep(Math.max(0, SILENCE_SECONDS * 1000 - (performance.now() - began)));
      roads[road].restore();
    }
    slowest = Math.max(slowest, await load.healedAfter(isFrozen ? performance.now() : began));
  }
  await load.stop();
  const unfinished = await callsOver(db);
  for (let waited = 0; waited < 60 && (await countOf(db, 'outbox')) > 0; waited++) await sleep(500);
  const rest = await remains(db);
  const { missing, twice } = await load.check(db);
  return {
    did: `${faults.length} faults, ${load.made.length} contacts made, ${CALLS} calls, again healthy in at most ${slowest.toFixed(1)} s, /readyz too late or wrong ${unready} times`,
    lost: missing + unfinished + (await countOf(db, 'outbox')),
    duplicated: vapi.twice + twice,
    leaked: rest.leaked,
    overLimit: Math.max(0, vapi.most - LINES),
    missing: CALLS - vapi.dialed.size,
    wrong: rest.wrong + load.unexpected + unready + (slowest > HEALED_SECONDS ? 1 : 0),
    sample: `${JSON.stringify(load.statuses)} ${rest.sample ?? ''}`,
  };
}

/** /readyz of a frozen database: 503, and within 2 s; /livez as ever. @returns how often it was not so */
async function readyz({ url }) {
  let wrong = 0;
  for (let n = 0; n < 5; n++) {
    const began = performance.now();
    const { status } = await fetch(`${url}/readyz`);
    if (status !== 503 || performance.now() - began > 2000) wrong++;
    if (!(await fetch(`${url}/livez`)).ok) wrong++;
  }
  return wrong;
}

/** Clients that make contacts and list them, each with an Idempotency-Key of its own, until it is answered. */
class Load {
  statuses = {};
  made = [];
  #isOver = false;
  #failedAt = 0;
  #clients;

  constructor(product) {
    this.product = product;
    this.#clients = Array.from({ length: CLIENTS }, (_, client) => this.#run(client));
  }

  get unexpected() {
    // 409: the one before it still runs, on the server's side of a connection that is gone.
    return Object.entries(this.statuses).reduce((sum, [status, count]) => sum + (['200', '409', '503'].includes(status) ? 0 : count), 0);
  }

  /** @returns the seconds from `began` until the last failure before a time without any */
  async healedAfter(began) {
    for (;;) {
      await sleep(100);
      const quiet = performance.now() - Math.max(this.#failedAt, began);
      if (quiet > WELL_MS) return Math.max(0, this.#failedAt - began) / 1000;
      if (performance.now() - began > 120_000) return 120;
    }
  }

  async stop() {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  /** What was answered and is not there, and what is there twice. */
  async check(db) {
    const { rows } = await db.query('SELECT id, first_name FROM contacts WHERE first_name IS NOT NULL');
    const names = new Map(rows.map(({ id, first_name: name }) => [Number(id), name]));
    const missing = this.made.filter(({ id, name }) => names.get(id) !== name).length;
    return { missing, twice: rows.length - new Set(names.values()).size };
  }

  async #run(client) {
    for (let n = 0; !this.#isOver; n++) {
      const name = `${client}-${n}`;
      while (!(await this.#once(name, n))) await sleep(200);
    }
  }

  async #once(name, n) {
    const { status, body } = await (n % 2 ? this.product.call('GET', '/contacts?pageSize=5') : this.product.call('POST', '/contacts', { firstName: name }, { 'idempotency-key': name }));
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (status === 200 && n % 2 === 0) this.made.push({ id: body.id, name });
    if (status !== 200) this.#failedAt = performance.now();
    return status === 200;
  }
}
