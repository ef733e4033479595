import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../bench/harness/processes.mjs';

/** A Redis that is started, and has every fault. */
export class Redis {
  #folder = mkdtempSync(join(tmpdir(), 'llamador-chaos-redis-'));
  #server;

  static isPossible = !spawnSync('redis-server', ['--version']).error;

  static async open(cleanup) {
    const redis = new Redis();
    redis.port = await freePort();
    cleanup.add(() => redis.remove());
    await redis.start();
    return redis;
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
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
