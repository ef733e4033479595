import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../bench/harness/processes.mjs';
import { callsOver, countOf, queueCalls, remains } from '../calls.mjs';

export const title = 'FLUSHALL, freeze and kill -9 of Redis while 2,000 calls are dialed';

const CALLS = 2000;

/** An API and a worker over one Redis, which has every fault twice. */
export async function run({ startProduct, openVapi, cleanup }) {
  if (spawnSync('redis-server', ['--version']).error) return { skipped: 'there is no redis-server here' };
  const redis = new Redis(await freePort());
  cleanup.add(() => redis.remove());
  await redis.start();
  const vapi = await openVapi({ lines: 50 });
  const { product, db, env, startOther } = await startProduct({ ...vapi.env, REDIS_URL: `redis://127.0.0.1:${redis.port}` });
  await startOther({ ...env, INTERNAL_URL: product.url }, ['dist/src/worker.js']);
  vapi.target = product.url;
  await queueCalls(product, CALLS);
  let faults = 0;
  const faulty = (async () => {
    for (const fault of [() => redis.flush(), () => redis.freeze(3000), () => redis.crash(3000), () => redis.flush(), () => redis.crash(1000), () => redis.freeze(3000)]) {
      await sleep(3000);
      await fault();
      faults++;
    }
  })();
  const lost = await callsOver(db);
  await faulty;
  for (let waited = 0; waited < 60 && (await countOf(db, 'outbox')) > 0; waited++) await sleep(500);
  const jobs = await countOf(db, 'outbox');
  return { did: `${CALLS} calls, ${faults} faults`, lost: lost + jobs, duplicated: vapi.twice, ...(await remains(db)), overLimit: Math.max(0, vapi.most - 50) };
}

class Redis {
  #folder = mkdtempSync(join(tmpdir(), 'llamador-chaos-redis-'));
  #server;

  constructor(port) {
    this.port = port;
  }

  async start() {
    this.#server = spawn('redis-server', ['--port', String(this.port), '--dir', this.#folder, '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
    for (let tries = 0; tries < 100; tries++) {
      if (await this.#ask('PING').catch(() => false)) return;
      await sleep(50);
    }
    throw new Error('redis-server did not start');
  }

  flush() {
    return this.#ask('FLUSHALL');
  }

  async freeze(ms) {
    this.#server.kill('SIGSTOP');
    await sleep(ms);
    this.#server.kill('SIGCONT');
  }

  async crash(ms) {
    this.#server.kill('SIGKILL');
    await once(this.#server, 'exit');
    await sleep(ms);
    await this.start();
  }

  remove() {
    this.#server?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask(command) {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end(`${command}\r\n`);
    const [answer] = await once(socket, 'data');
    return answer.toString();
  }
}
