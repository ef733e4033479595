import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { EmbeddedCluster } from '../../../src/platform/embedded/embedded-cluster';

const PLATFORM = join(__dirname, '../../../src/platform');

/** Stands in for the Nest app: answers with its pid, after asking the database. */
const APP = `
  const { Pool } = require('pg');
  if (process.env.FAIL_WITH) process.exit(Number(process.env.FAIL_WITH));
  const pool = new Pool({ connectionString: process.env.DATABASE_URL });
  pool.on('error', () => undefined);
  require('node:http').createServer((request, response) => pool.query('SELECT 1').then(
    () => response.end(String(process.pid)),
    (error) => response.writeHead(503).end(error.message),
  )).listen(Number(process.env.PORT), '127.0.0.1');
  process.on('disconnect', () => process.exit());
  process.on('SIGTERM', () => pool.end().then(() => process.exit(7)));`;

const LAUNCH = `
  const { launch } = require('./embedded/launcher.js');
  launch({ appPath: __dirname + '/app.js', dataDir: __dirname + '/data', env: process.env }).then(process.exit);`;

describe('launch', () => {
  let folder: string;
  let cluster: EmbeddedCluster;
  let port: number;
  const launchers: ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'llamador-launcher-'));
    // Compiled here: the launcher needs a process of its own, to be killed, and the tests need no build.
    const sources = [...readdirSync(join(PLATFORM, 'embedded')).map((file) => `embedded/${file}`), 'config/exit-codes.ts', 'config/kept-secret.ts'];
    const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023, esModuleInterop: true };
    for (const source of sources) {
      const compiled = join(folder, source.replace(/ts$/, 'js'));
      mkdirSync(dirname(compiled), { recursive: true });
      writeFileSync(compiled, transpileModule(readFileSync(join(PLATFORM, source), 'utf8'), { compilerOptions }).outputText);
    }
    writeFileSync(join(folder, 'app.js'), APP);
    writeFileSync(join(folder, 'start.js'), LAUNCH);
    symlinkSync(join(__dirname, '../../../node_modules'), join(folder, 'node_modules'));
    chmodSync(folder, 0o711); // for the postgres user, where we are root
    cluster = new EmbeddedCluster(join(folder, 'data'));
    port = await freePort();
  });

  afterEach(async () => {
    for (const launcher of launchers.splice(0)) await end(launcher);
  });

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (env: NodeJS.ProcessEnv = {}): ChildProcess => {
    const launcher = spawn(process.execPath, [join(folder, 'start.js')], {
      env: { ...process.env, DATABASE_URL: '', PORT: String(port), ...env },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    launchers.push(launcher);
    return launcher;
  };

  /** The app's pid, as soon as it and its database answer. */
  const answer = async (notFrom?: number): Promise<number> => {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) {
      const response = await fetch(`http://127.0.0.1:${port}`).catch(() => undefined);
      const pid = response?.ok ? Number(await response.text()) : undefined;
      if (pid && pid !== notFrom) return pid;
    }
    throw new Error('no answer within 20 s');
  };

  const postmaster = () => {
    try {
      return Number.parseInt(readFileSync(join(folder, 'data/postgres/postmaster.pid'), 'utf8'), 10);
    } catch {
      return NaN; // being replaced
    }
  };

  it('brings SIGTERM to the app and then to the database, and ends with the code of the app', async () => {
    const launcher = start();
    const app = await answer();
    expect(cluster.isAlive()).toBe(true);
    expect(await end(launcher)).toBe(7);
    expect(isRunning(app)).toBe(false);
    expect(cluster.isAlive()).toBe(false);
  });

  it('starts the app again when it was killed', async () => {
    start();
    const app = await answer();
    process.kill(app, 'SIGKILL');
    expect(isRunning(await answer(app))).toBe(true);
  });

  it('starts the database again under the running app when its postmaster was killed', async () => {
    start();
    const app = await answer();
    const killed = postmaster();
    process.kill(killed, 'SIGKILL');
    // A backend of the killed one can still answer for a moment, so the new one is waited for first.
    for (let now = postmaster(); !now || now === killed; now = postmaster()) await sleep(10);
    expect(await answer()).toBe(app);
  });

  it('adopts the database that a killed launcher left behind, and stops it in the end', async () => {
    const launcher = start();
    const app = await answer();
    const orphan = postmaster();
    launcher.kill('SIGKILL');
    await once(launcher, 'exit');
    const next = start();
    await answer(app);
    expect(postmaster()).toBe(orphan);
    expect(isRunning(app)).toBe(false);
    await end(next);
    expect(cluster.isAlive()).toBe(false);
  });

  it('leaves the database to another launcher that uses it', async () => {
    start();
    const app = await answer();
    const second = start({ PORT: String(await freePort()) });
    await sleep(1_000);
    await end(second);
    expect(cluster.isAlive()).toBe(true);
    expect(await answer()).toBe(app);
  });

  it('does not try a wrong configuration twice', async () => {
    const launcher = start({ FAIL_WITH: '78' });
    expect(await once(launcher, 'exit')).toEqual([78, null]);
  });

  it('does not try twice where something else has to be mended, as a port that is in use', async () => {
    const launcher = start({ FAIL_WITH: '69' });
    expect(await once(launcher, 'exit')).toEqual([1, null]);
  });

  it('gives up an app that fails five times in a row', async () => {
    const launcher = start({ FAIL_WITH: '3' });
    expect(await once(launcher, 'exit')).toEqual([3, null]);
    expect(cluster.isAlive()).toBe(false);
  });
});

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  return child.exitCode;
}

/** A zombie, whose parent has not asked for it yet, does not run. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
