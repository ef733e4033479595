import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, root } from '../../bench/harness/processes.mjs';
import { random } from './random.mjs';

export const KEY = 'lp_test_chaos000000000000000';
const READY_SECONDS = 60;

/** A process of the product that is started, and ended in every way there is, on the same port and database. */
export class Product {
  #env;
  #args;
  child;

  /** @param args the server unless given */
  static async start(cleanup, env, args = ['dist/src/main.js']) {
    const product = new Product();
    product.port = await freePort();
    product.#args = args;
    product.#env = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', BOOTSTRAP_API_KEY: KEY, RATE_LIMIT_PER_MINUTE: '0', LOG_LEVEL: 'error', PORT: String(product.port), ...env };
    cleanup.add(() => product.term());
    await product.start();
    return product;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async start() {
    this.child = spawn(process.execPath, this.#args, { cwd: root, env: this.#env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (this.#args[0].endsWith('worker.js')) return;
    const { child } = this;
    for (const deadline = Date.now() + READY_SECONDS * 1000; ; await sleep(50)) {
      if (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(({ ok }) => ok, () => false)) return;
      if (child.exitCode !== null) throw new Error(`the product ended with ${child.exitCode}`);
      if (Date.now() > deadline) throw new Error(`the product was not ready in ${READY_SECONDS} s`);
    }
  }

  kill() {
    return this.#end('SIGKILL');
  }

  /** @returns its exit code, and how long it took */
  async term() {
    const began = performance.now();
    await this.#end('SIGTERM');
    return { code: this.child.exitCode, seconds: (performance.now() - began) / 1000 };
  }

  /**
   * Stands still, wherever it is, and goes on as if nothing had happened: at a moment at which it has something in hand, if chance
   * brings one. @param inHand asked while it stands still. @returns how much that was
   */
  async pause(ms, inHand) {
    try {
      for (let tries = 0; ; tries++) {
        this.child.kill('SIGSTOP');
        await sleep(150);
        if ((await inHand()) > 0) await sleep(1000); // what the others have in hand is on its way by then
        const count = await inHand();
        if (count === 0 && tries < 300) {
          this.child.kill('SIGCONT');
          await sleep(random() * 50);
          continue;
        }
        await sleep(ms);
        return count;
      }
    } finally {
      this.child.kill('SIGCONT');
    }
  }

  async restart() {
    await this.kill();
    await this.start();
  }

  /** @returns the status and the answer; without one 'refused' where no connection came about, 'timeout', or 'reset' and why */
  async call(method, path, body, headers = {}) {
    try {
      const isForm = body instanceof FormData;
      const response = await fetch(`${this.url}/api/v1${path}`, {
        method,
        headers: { 'x-api-key': KEY, ...(body && !isForm && { 'content-type': 'application/json' }), ...headers },
        body: isForm ? body : body && JSON.stringify(body),
        signal: AbortSignal.timeout(30_000),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    } catch (error) {
      const isUnconnected = error.cause?.code === 'ECONNREFUSED' || error.cause?.syscall === 'connect';
      return { status: error.name === 'TimeoutError' ? 'timeout' : isUnconnected ? 'refused' : `reset ${error.cause?.code} ${error.cause?.message}` };
    }
  }

  /** The answer, asked for until there is one. @throws for one that says no */
  async ask(method, path, body, headers) {
    for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
      const { status, body: answer } = await this.call(method, path, body, headers);
      if (status === 200) return answer;
      if ((typeof status === 'number' && status < 500) || Date.now() > deadline) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(answer)}`);
    }
  }

  async #end(signal) {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}
