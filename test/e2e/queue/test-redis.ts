import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../support/until';

const given = process.env.TEST_REDIS_URL;

/** That of TEST_REDIS_URL (without a password, and with nothing of worth: it is flushed), or one of our own on a free port. */
export class TestRedis {
  static readonly isPossible = given !== undefined || spawnSync('redis-server', ['--version']).status === 0;
  /** One of our own can be stopped and started. */
  static readonly isOurs = given === undefined && TestRedis.isPossible;

  private server?: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), 'llamador-test-redis-'));

  private constructor(readonly url: string) {}

  /** One that does not run yet. */
  static async create(): Promise<TestRedis> {
    return new TestRedis(given ?? `redis://127.0.0.1:${await freePort()}`);
  }

  async start(): Promise<void> {
    if (given) return;
    const settings = { port: this.address.port, bind: this.address.host, dir: this.folder, save: '', appendonly: 'no' };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.server = spawn('redis-server', args, { stdio: 'ignore' });
    await until(() => this.ask('PING').catch(() => false));
  }

  /** As a crash does: what it held is gone. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  /** It takes connections, and answers nothing, until it is thawed. */
  freeze(): void {
    this.server?.kill('SIGSTOP');
  }

  thaw(): void {
    this.server?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async ask(command: string): Promise<string> {
    const socket = connect(this.address);
    socket.write(`${command}\r\n`);
    try {
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return answer.toString();
    } finally {
      socket.destroy();
    }
  }

  private get address(): { host: string; port: number } {
    const { hostname, port } = new URL(this.url);
    return { host: hostname, port: Number(port || 6379) };
  }
}

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  holder.close();
  return port;
}

/** Says once in a file why its tests of Bull are left out, where they are. */
export function sayIfSkipped(): void {
  if (TestRedis.isPossible) return;
  process.stderr.write('Tests of jobs over Bull are skipped: they need a redis-server on the PATH, or the url of one in TEST_REDIS_URL.\n');
}
