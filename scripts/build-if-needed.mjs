import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const built = (path) => join(root, 'dist', 'src', path);

const INPUTS = ['src', 'migrations', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package.json'];
const MARKER = join(root, 'dist', '.built');
const LOCK = join(root, 'node_modules', '.llamador-build.lock');
const NEST = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');

/** Compiles src/ unless dist/ comes from these very sources. Says what it does on stderr only. */
export async function buildIfNeeded() {
  if (isFresh()) return;
  if (!existsSync(NEST)) {
    if (existsSync(built('main.js'))) return; // a production install: no compiler, and what was shipped is meant
    throw new Error('The project has to be built, and its compiler is not installed: run npm ci first.');
  }
  const unlock = await lock();
  try {
    if (!isFresh()) await build(); // another process may have built it while this one waited
  } finally {
    unlock();
  }
}

async function build() {
  const sources = fingerprint(); // before: what changes during the build makes it stale again
  process.stderr.write('llamador: building …\n');
  // Everything to stderr: the output of `npm run cli` is read by programs.
  const child = spawn(process.execPath, [NEST, 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
  const [code] = await once(child, 'exit');
  if (code !== 0) {
    rmSync(built('main.js'), { force: true }); // tsc writes files in spite of errors: they must not pass for a build
    throw new Error('The build failed: see the errors above.');
  }
  writeFileSync(MARKER, sources);
}

function isFresh() {
  if (!existsSync(built('main.js'))) return false;
  if (existsSync(MARKER)) return readFileSync(MARKER, 'utf8') === fingerprint();
  // `npm run build` empties dist/ and leaves no marker: then the time of its output decides, once.
  const newest = Math.max(...inputs().map(({ mtimeMs }) => mtimeMs));
  if (statSync(built('main.js')).mtimeMs < newest) return false;
  writeFileSync(MARKER, fingerprint());
  return true;
}

/** Not the newest time alone: an older file may be put in the place of a newer one, or a file be removed. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const { path, mtimeMs, size } of inputs()) hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  return hash.digest('hex');
}

function inputs() {
  return INPUTS.map((input) => join(root, input))
    .filter((path) => existsSync(path))
    .flatMap(filesOf)
    .sort()
    .map((path) => ({ path, ...pick(statSync(path)) }));
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

const pick = ({ mtimeMs, size }) => ({ mtimeMs, size });

/** Two builds at once would empty dist/ under each other. The lock of a process that has died does not count. */
async function lock() {
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      return () => rmSync(LOCK, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned()) rmSync(LOCK, { force: true });
    else await sleep(200);
  }
}

function isAbandoned() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    // Killed before it could say who it is: the file is empty, and stays so.
    if (!(pid > 0)) return Date.now() - statSync(LOCK).mtimeMs > 5000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
