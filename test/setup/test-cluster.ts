import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { EmbeddedCluster } from '../../src/platform/embedded/embedded-cluster';

const FOLDER_PREFIX = 'llamador-test-';

/** Nothing here has to outlive a crash. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_wal_size: '2GB' };
/** Far from UTC, which the app must not depend on. */
const ELSEWHERE = { timezone: 'Asia/Kolkata' };

/** The PostgreSQL of one test run: that of TEST_DATABASE_URL, or one of our own in a temporary folder. */
export class TestCluster {
  private folder?: string;
  private readonly made: string[] = [];
  private adminUrl = process.env.TEST_DATABASE_URL ?? '';

  async start(): Promise<void> {
    if (this.adminUrl) return;
    await removeAbandoned();
    const folder = mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
    this.folder = folder;
    this.onAbort(folder);
    this.adminUrl = (await new EmbeddedCluster(folder).start({ ...FAST, ...ELSEWHERE })).url;
  }

  async stop(): Promise<void> {
    for (const name of this.made.toReversed()) await this.admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    if (!this.folder) return;
    await new EmbeddedCluster(this.folder).stop();
    rmSync(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }

  /** @returns the url of a new database, a copy of `template` where one is given */
  async createDatabase(suffix: string, template = 'template0'): Promise<string> {
    const name = this.nameOf(suffix);
    await this.admin(`CREATE DATABASE ${name} TEMPLATE ${template === 'template0' ? template : this.nameOf(template)} ENCODING 'UTF8'`);
    this.made.push(name);
    const url = new URL(this.adminUrl);
    url.pathname = name;
    return url.href;
  }

  private nameOf(suffix: string): string {
    return `llamador_test_${process.pid}_${suffix}`;
  }

  private async admin(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.adminUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  }

  /** Ctrl-C skips jest's teardown. After a kill -9 the next run clears up. */
  private onAbort(folder: string): void {
    const abort = (code: number) => () => {
      if (this.folder) quit(folder);
      process.exit(code);
    };
    process.once('SIGINT', abort(130)).once('SIGTERM', abort(143));
  }
}

function quit(folder: string): void {
  try {
    process.kill(Number.parseInt(readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8'), 10), 'SIGQUIT');
  } catch {
    // it does not run
  }
  rmSync(folder, { recursive: true, force: true });
}

async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(FOLDER_PREFIX) && Number.parseInt(name.slice(FOLDER_PREFIX.length), 10);
    if (!owner || isRunning(owner)) continue;
    const folder = join(tmpdir(), name);
    await new EmbeddedCluster(folder).stop().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
