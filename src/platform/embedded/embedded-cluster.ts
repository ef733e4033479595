import { spawn, type SpawnOptions } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keptSecret } from '../config/kept-secret';
import {
  accessProblem,
  closedFolders,
  copyForAll,
  isInitialised,
  isPostmaster,
  isRoot,
  makeFolder,
  ownerOf,
  packagedPrograms,
  plainEnv,
  postmastersOf,
  processExists,
  readIfThere,
} from './postgres-host';
import { NAME, PostgresSessions } from './postgres-sessions';

const PASSWORD_BYTES = 24;
const INIT_PREFIX = 'postgres-init-';
const PROGRAMS_PREFIX = 'postgres-programs-';
const START_TIMEOUT_S = 300; // recovery after a crash replays the log, and may take its time
const LOG_LIMIT_BYTES = 20 * 1024 * 1024;
/** What passes by itself: another start came first, or an old backend is still going. */
const PASSING_TROUBLE = /lock file|shared memory block/;
const PORT_TAKEN = /could not create any TCP\/IP sockets/;

/** Unicode-aware lower() on every platform comes from PostgreSQL's own tables, not from the system's locales. */
const INITDB_FLAGS = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--lc-messages=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--data-checksums'];

/**
 * The product's own PostgreSQL, for a machine that has none. It runs as a daemon which outlives this
 * process: whoever comes next adopts it. Any number of processes may start it at the same moment.
 */
export class EmbeddedCluster {
  private readonly dataDir: string;
  private readonly pgData: string;
  private readonly pidFile: string;
  private readonly logFile: string;
  private readonly sessions = new PostgresSessions((database) => this.url(database));
  private port?: number;

  constructor(dataDir: string) {
    makeFolder(dataDir);
    this.dataDir = fs.realpathSync(dataDir);
    this.pgData = join(this.dataDir, 'postgres');
    this.pidFile = join(this.pgData, 'postmaster.pid');
    this.logFile = join(this.dataDir, 'postgres.log');
  }

  /** `settings` are postgresql.conf parameters; a cluster that already runs keeps its own. */
  async start(settings: Record<string, string> = {}): Promise<{ url: string; adopted: boolean }> {
    if (!isInitialised(this.pgData)) await this.initialise();
    const deadline = Date.now() + START_TIMEOUT_S * 1000;
    for (let adopted = true; Date.now() < deadline;) {
      const state = this.state();
      if (state === 'ready' && (await this.sessions.hold())) return { url: this.url(NAME), adopted };
      if (state === 'down' && (await this.launch(settings))) adopted = false;
      else await sleep(50); // another process is starting or stopping it
    }
    throw this.failure('did not become ready', this.log(0));
  }

  /** `onlyIfUnused` leaves it to the other processes that are connected to it. */
  async stop({ onlyIfUnused = false } = {}): Promise<void> {
    await this.sessions.release();
    if (!this.isAlive() || (onlyIfUnused && (await this.isUsed()))) return;
    const stopped = await this.pgCtl('stop', '-m', 'fast', '-t', '60');
    if (!stopped && this.isAlive()) throw this.failure('did not stop', this.log(0));
  }

  isAlive(): boolean {
    return this.state() !== 'down';
  }

  /** The url of the cluster if it runs already, whoever started it. */
  runningUrl(): string | undefined {
    return this.state() === 'ready' ? this.url(NAME) : undefined;
  }

  /** Made aside and renamed, so that a cluster which was killed half-way is never taken for a whole one. */
  private async initialise(): Promise<void> {
    makeFolder(this.dataDir); // again: it may have been deleted under a running server
    this.removeAbandoned();
    this.endStrays();
    const work = fs.mkdtempSync(join(this.dataDir, `${INIT_PREFIX}${process.pid}-`));
    if (isRoot()) for (const folder of [this.dataDir, work]) fs.chmodSync(folder, fs.statSync(folder).mode | 0o001);
    const owner = ownerOf(this.pgData);
    const [data, passwordFile] = [join(work, 'data'), join(work, 'password')];
    fs.mkdirSync(data, { mode: 0o700 });
    fs.writeFileSync(passwordFile, `${this.password()}\n`, { mode: 0o600 });
    if (owner.uid !== undefined && owner.gid !== undefined) for (const path of [data, passwordFile]) fs.chownSync(path, owner.uid, owner.gid);
    const logged = this.logSize();
    try {
      const args = [`--pgdata=${data}`, `--username=${NAME}`, `--pwfile=${passwordFile}`, ...INITDB_FLAGS];
      const done = await this.run(this.program('initdb'), args, { ...owner, cwd: work, env: plainEnv() });
      if (!done) throw this.accessProblem() ?? this.failure('could not be set up', this.log(logged));
      fs.renameSync(data, this.pgData);
    } catch (error) {
      if (!isInitialised(this.pgData)) throw error; // else a start at the same moment came first
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  }

  /** The package's own; where PostgreSQL's user may not go there, a copy beside the data. */
  private program(name: 'initdb' | 'pg_ctl'): string {
    const { folder, version } = packagedPrograms();
    if (closedFolders(join(folder, 'bin'), ownerOf(this.pgData)).length === 0) return join(folder, 'bin', name);
    const copy = `${PROGRAMS_PREFIX}${version}`;
    const path = join(this.dataDir, copy);
    if (!fs.existsSync(path)) {
      const work = fs.mkdtempSync(join(this.dataDir, `${INIT_PREFIX}${process.pid}-`));
      copyForAll(folder, join(work, copy));
      try {
        fs.renameSync(join(work, copy), path);
      } catch (error) {
        if (!fs.existsSync(path)) throw error; // else a start at the same moment came first
      } finally {
        fs.rmSync(work, { recursive: true, force: true });
      }
      if (!this.isAlive())
        for (const other of fs.readdirSync(this.dataDir))
          if (other.startsWith(PROGRAMS_PREFIX) && other !== copy) fs.rmSync(join(this.dataDir, other), { recursive: true, force: true });
    }
    return join(path, 'bin', name);
  }

  private removeAbandoned(): void {
    for (const name of fs.readdirSync(this.dataDir)) {
      const owner = name.startsWith(INIT_PREFIX) && Number.parseInt(name.slice(INIT_PREFIX.length), 10);
      if (owner && !processExists(owner)) fs.rmSync(join(this.dataDir, name), { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /**
   * A server whose folder was deleted notices it within a minute; until then it would write its control
   * file, which it names by the path, into the new cluster. SIGQUIT ends it without a last write.
   */
  private endStrays(): void {
    const strays = postmastersOf(this.pgData);
    if (!isInitialised(this.pgData)) for (const pid of strays) process.kill(pid, 'SIGQUIT');
  }

  private password(): string {
    return keptSecret(join(this.dataDir, 'postgres-password'), PASSWORD_BYTES).trim();
  }

  private url(database: string): string {
    return `postgresql://${NAME}:${this.password()}@127.0.0.1:${this.port}/${database}`;
  }

  private async launch(settings: Record<string, string>): Promise<boolean> {
    await this.removeForeignPidFile();
    this.port ??= randomInt(20_000, 32_000); // below the range the system gives to outgoing connections
    const options = Object.entries({
      ...settings,
      port: String(this.port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '', // their path has a length limit, and a deep DATA_DIR would break it
    }).map(([name, value]) => `-c "${name}=${value}"`);
    const logged = this.logSize();
    if (await this.pgCtl('start', '-w', '-t', String(START_TIMEOUT_S), '-o', options.join(' '))) return true;
    const log = this.log(logged);
    if (PORT_TAKEN.test(log)) this.port = undefined;
    else if (!PASSING_TROUBLE.test(log)) throw this.accessProblem() ?? this.failure('did not start', log);
    return false;
  }

  /** Notes the port, too: after a crash the same one is asked for, and pools of connections find it again. */
  private state(): 'down' | 'ready' | 'busy' {
    const [pid, , , port, , , , status] = readIfThere(this.pidFile)?.split('\n') ?? [];
    if (!isPostmaster(Number(pid), this.pgData)) return 'down';
    if (status?.trim() !== 'ready') return 'busy';
    this.port = Number(port);
    return 'ready';
  }

  /** The file of a dead pid is left to PostgreSQL, which clears it safely; a live or an unreadable one stops it. */
  private async removeForeignPidFile(): Promise<void> {
    const before = readIfThere(this.pidFile);
    if (before === undefined) return;
    const pid = Number.parseInt(before, 10);
    if (pid > 0 && !processExists(pid)) return;
    await sleep(100); // it may be another start's, just being written
    if (!this.isAlive() && readIfThere(this.pidFile) === before) fs.rmSync(this.pidFile, { force: true });
  }

  private async isUsed(): Promise<boolean> {
    if (this.state() !== 'ready') return true; // another process is starting or stopping it
    return this.sessions.hasOthers();
  }

  private pgCtl(...args: string[]): Promise<boolean> {
    return this.run(this.program('pg_ctl'), [...args, '-s', '-D', this.pgData], { ...ownerOf(this.pgData), cwd: this.dataDir, env: plainEnv() });
  }

  private async run(command: string, args: string[], options: SpawnOptions): Promise<boolean> {
    const log = fs.openSync(this.logFile, this.logSize() > LOG_LIMIT_BYTES ? 'w' : 'a', 0o600);
    try {
      // A file, not a pipe: the server inherits it and outlives us. Detached: Ctrl-C must not tear it.
      const stdio: SpawnOptions['stdio'] = ['ignore', log, log];
      const child = spawn(command, args, { ...options, stdio, detached: true, windowsHide: true });
      const [code] = (await once(child, 'exit')) as [number | null];
      return code === 0;
    } catch (error) {
      fs.writeSync(log, `${String(error)}\n`);
      return false;
    } finally {
      fs.closeSync(log);
    }
  }

  private accessProblem(): Error | undefined {
    return accessProblem(this.dataDir, ownerOf(this.pgData));
  }

  private failure(what: string, log: string): Error {
    return new Error(`PostgreSQL in ${this.pgData} ${what}. The end of ${this.logFile}:\n${log.slice(-2000)}`);
  }

  private logSize(): number {
    return fs.existsSync(this.logFile) ? fs.statSync(this.logFile).size : 0;
  }

  private log(from: number): string {
    return fs.readFileSync(this.logFile).subarray(from).toString();
  }
}
