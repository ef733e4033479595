import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(__dirname, '../../..');
const running = new Set<ChildProcess>();

// A test that fails half-way leaves no process behind. Their groups: cli.mjs has a child of its own.
afterAll(() => {
  for (const child of running) end(child);
});

function start(script: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  running.add(child);
  void once(child, 'exit').then(() => running.delete(child));
  return child;
}

/** SIGKILL, to the program and all that it started. */
export function end(child: ChildProcess): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `npm run cli -- …args`, which builds first if it has to. */
export const cli = (args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> => program('scripts/cli.mjs', args, cwd, env);

/** What a program says until it has ended. @param script below the project's folder */
export async function program(script: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = start(script, args, cwd, env);
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit') as Promise<[number | null]>, text(child.stdout as never), text(child.stderr as never)]);
  return { code, stdout, stderr: stderr.replace(/^llamador: building.*\n/, '') }; // somebody may be writing at the sources
}

/** What a command that succeeds prints: one line of JSON, and nothing on stderr. */
export async function printed<T>(args: string[], cwd: string): Promise<T> {
  const { code, stdout, stderr } = await cli(args, cwd);
  if (code !== 0) throw new Error(`cli ${args.join(' ')} ended with ${code}: ${stderr}`);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as T;
}

/** The same, to be killed. */
export const startCli = (args: string[], cwd: string): ChildProcess => start('scripts/cli.mjs', args, cwd);

/** Compiles the sources, unless dist/ comes from them. */
export async function build(): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `await (await import('./scripts/build-if-needed.mjs')).buildIfNeeded()`], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('the build failed');
}

/** The built server on a port of its own. @returns the key, too, where it has just made its first tenant */
export async function startServer(env: NodeJS.ProcessEnv = {}): Promise<{ url: string; key: string | undefined; child: ChildProcess }> {
  await build();
  const child = start('dist/src/main.js', [], tmpdir(), { PORT: '0', LOG_LEVEL: 'error', ...env });
  for await (const line of createInterface({ input: child.stdout as never })) {
    const url = /http:\/\/\S+/.exec(line)?.[0];
    if (url) return { url, key: /lp_\w+/.exec(line)?.[0], child };
  }
  throw new Error('the server ended before it was ready');
}

/** An empty folder for each test. */
export function useFolder(): { readonly path: string } {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'llamador-import-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
  };
}
