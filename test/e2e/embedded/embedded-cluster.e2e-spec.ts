import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { EmbeddedCluster } from '../../../src/platform/embedded/embedded-cluster';

const FAST = { fsync: 'off' };

describe('EmbeddedCluster', () => {
  let dataDir: string;
  let cluster: EmbeddedCluster;

  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'llamador-cluster-'));
    cluster = new EmbeddedCluster(dataDir);
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  afterEach(() => cluster.stop());

  const pidFile = () => join(dataDir, 'postgres', 'postmaster.pid');
  const postmaster = () => Number.parseInt(readFileSync(pidFile(), 'utf8'), 10);
  const leftovers = () => readdirSync(dataDir).filter((name) => name.startsWith('postgres-init-'));

  it('is made by two starts at the same moment: one starts it, the other adopts it', async () => {
    const other = new EmbeddedCluster(dataDir);
    const started = await Promise.all([cluster.start(FAST), other.start(FAST)]);
    expect(started[0].url).toBe(started[1].url);
    expect(started.map(({ adopted }) => adopted).sort()).toEqual([false, true]);
    expect(leftovers()).toEqual([]);
    await other.stop({ onlyIfUnused: true });
    expect(cluster.isAlive()).toBe(true);
  });

  it('answers in UTF-8 with Unicode rules, on the loopback only, and keeps its password to itself', async () => {
    const { url } = await cluster.start(FAST);
    expect(await ask(url, `SELECT lower('ÁÑÜ') AS answer`)).toBe('áñü');
    expect(await ask(url, 'SHOW server_encoding')).toBe('UTF8');
    expect(await ask(url, 'SHOW data_checksums')).toBe('on');
    expect(await ask(url, 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await ask(url, 'SHOW fsync')).toBe('off');
    expect(new URL(url).pathname).toBe('/llamador');
    expect(statSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
    await expect(ask(url.replace(/:[0-9a-f]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password');
  });

  it('starts again on the same port, data intact, after its postmaster was killed', async () => {
    const { url } = await cluster.start(FAST);
    await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill(postmaster(), 'SIGKILL');
    await until(() => !cluster.isAlive());
    expect(cluster.runningUrl()).toBeUndefined();
    expect(await cluster.start(FAST)).toEqual({ url, adopted: false });
    expect(await ask(url, 'SELECT answer FROM kept')).toBe(42);
  });

  it('is adopted when the process that started it has gone', async () => {
    const { url } = await cluster.start(FAST);
    const next = new EmbeddedCluster(dataDir);
    expect(next.runningUrl()).toBe(url);
    expect(await next.start()).toEqual({ url, adopted: true });
    await next.stop();
    expect(cluster.isAlive()).toBe(false);
    expect(cluster.runningUrl()).toBeUndefined();
  });

  it('is not stopped under another who uses it, if asked so', async () => {
    const { url } = await cluster.start(FAST);
    const client = await connected(url);
    await cluster.stop({ onlyIfUnused: true });
    expect(cluster.isAlive()).toBe(true);
    await client.end();
    await cluster.stop({ onlyIfUnused: true });
    expect(cluster.isAlive()).toBe(false);
  });

  it.each([
    ['a dead process', () => 2 ** 22 - 3],
    ['a process that is something else', (stranger: number) => stranger],
    ['nothing readable', () => ''],
  ])('starts in spite of a postmaster.pid that names %s', async (_case, pid) => {
    // The postgres user's own process, where we are root: PostgreSQL takes such a one for a postmaster.
    const { uid, gid } = statSync(join(dataDir, 'postgres'));
    const stranger = spawn('sleep', ['60'], process.getuid?.() === 0 ? { uid, gid } : {});
    try {
      const lines = [pid(stranger.pid ?? 0), join(dataDir, 'postgres'), 1, 25432, '', '127.0.0.1', '', 'ready'];
      writeFileSync(pidFile(), lines.join('\n'));
      expect(cluster.isAlive()).toBe(false);
      expect(await cluster.start(FAST)).toMatchObject({ adopted: false });
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it('tells the end of the log when it cannot start', async () => {
    await expect(cluster.start({ shared_buffers: 'plenty' })).rejects.toThrow(/did not start[^]*shared_buffers/);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip; // where /proc tells whom to kill
  onLinux('does it over when the first initdb was killed in the middle', async () => {
    const folder = join(dataDir, 'half-done');
    const half = new EmbeddedCluster(folder);
    const first = half.start(FAST).catch((error: unknown) => error);
    await until(() => readdirSync(folder).some((name) => existsSync(join(folder, name, 'data', 'base'))));
    for (const pid of processesIn(folder)) process.kill(pid, 'SIGKILL');
    expect(await first).toBeInstanceOf(Error);
    expect(existsSync(join(folder, 'postgres'))).toBe(false);

    const abandoned = join(folder, `postgres-init-${2 ** 22 - 3}-abcdef`); // what a killed node leaves
    mkdirSync(join(abandoned, 'data'), { recursive: true });
    try {
      const { url } = await half.start(FAST);
      expect(await ask(url, 'SELECT 1')).toBe(1);
      expect(existsSync(abandoned)).toBe(false);
    } finally {
      await half.stop();
    }
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('tells root what to type when the server could not enter the folder', async () => {
    const closed = join(dataDir, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const inside = new EmbeddedCluster(join(closed, 'data'));
    await expect(inside.start(FAST)).rejects.toThrow(`chmod o+x ${closed}`);
    chmodSync(closed, 0o711);
    await inside.start(FAST);
    await inside.stop();
  });
});

/** Those that were started in or on this folder, and so are ours. */
function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--pgdata=${folder}`);
      } catch {
        return false;
      }
    });
}

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = await connected(url);
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 20_000) throw new Error('waited 20 s in vain');
    await sleep(5);
  }
}
