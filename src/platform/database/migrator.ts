import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions, type QueryRunner, type Logger as TypeOrmLogger } from 'typeorm';
import { sqlStateOf } from './tenant-db';

/** Any number that nothing else locks. */
const MIGRATION_LOCK = 4_211_970;
const APPLICATION_NAME = 'llamador-migrations';
const LOCK_NOT_AVAILABLE = '55P03';
/** Whoever wants a table waits behind a migration that waits for it: so it asks briefly, and leaves the others time in between. */
const LOCK_TRY_MS = 1000;
const PAUSE_MS = 2000;
const LOOK_MS = 300;
/** What passes sooner is not worth a word. */
const SAY_AFTER_MS = 2000;
const SAY_EVERY_MS = 10_000;
const GIVE_UP_MS = 30 * 60_000;

const WAITING_FOR = `
  SELECT DISTINCT blocker.pid, blocker.usename, blocker.application_name, blocker.state, coalesce(blocker.xact_start, blocker.query_start) AS since, left(blocker.query, 120) AS query,
    (SELECT string_agg(DISTINCT relation::regclass::text, ', ') FROM pg_locks WHERE pid = waiting.pid AND NOT granted AND relation IS NOT NULL) AS relation
  FROM pg_stat_activity waiting CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid) JOIN pg_stat_activity blocker ON blocker.pid = blocking.pid
  WHERE waiting.application_name = $1 AND waiting.datname = current_database()`;

/** TypeORM's own prints each try that got no lock as a failure, on stdout, which belongs to the answers of commands. */
const SILENT: TypeOrmLogger = { logQuery() {}, logQueryError() {}, logQuerySlow() {}, logSchemaBuild() {}, logMigration() {}, log() {} };

interface Blocker {
  pid: number;
  usename: string | null;
  application_name: string | null;
  state: string | null;
  since: Date | null;
  query: string | null;
  relation: string | null;
}

@Injectable()
export class Migrator {
  private readonly logger = new Logger(Migrator.name);

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Connects, and brings the schema up to date; of several processes that start at once, one does it and the others wait.
   * Who reads a table that is to be changed, as pg_dump does, is waited for, for half an hour at most.
   * @param say what is waited for, once every ten seconds
   * @returns the names of the migrations that were run
   */
  async prepare(say: (text: string) => void = (text) => this.logger.warn(text)): Promise<string[]> {
    if (!this.dataSource.isInitialized) await this.dataSource.initialize();
    const guard = this.dataSource.createQueryRunner();
    const progress = new Progress(say);
    try {
      // Not pg_advisory_lock: an index that is made CONCURRENTLY waits for every statement that began before it, also for one that waits here.
      while (!(await this.lock(guard))) {
        progress.say('Another process is bringing the database up to date: waiting for it.');
        await sleep(LOOK_MS);
      }
      return await this.migrate(guard, progress);
    } finally {
      await guard.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
      await guard.release();
    }
  }

  private async lock(guard: QueryRunner): Promise<boolean> {
    const [{ locked }] = (await guard.query('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK])) as [{ locked: boolean }];
    return locked;
  }

  private async migrate(guard: QueryRunner, progress: Progress): Promise<string[]> {
    const own = await new DataSource(optionsOf(this.dataSource.options)).initialize();
    const looking = new AbortController();
    const looks = this.look(guard, progress, looking.signal);
    try {
      for (const started = Date.now(); ; await sleep(PAUSE_MS)) {
        try {
          return (await own.runMigrations()).map(({ name }) => name);
        } catch (error) {
          if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
          if (Date.now() - started > GIVE_UP_MS)
            throw new Error(`The database could not be brought up to date within ${GIVE_UP_MS / 60_000} minutes. ${progress.last}`, { cause: error });
        }
      }
    } finally {
      looking.abort();
      await looks;
      await own.destroy();
    }
  }

  /** By the connection that holds the lock and has nothing else to do. */
  private async look(guard: QueryRunner, progress: Progress, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const blockers = (await guard.query(WAITING_FOR, [APPLICATION_NAME]).catch((error: Error) => {
        progress.say(`Whether the migration waits for somebody could not be found out: ${error.message}`);
        return [];
      })) as Blocker[];
      if (blockers.length > 0) progress.say(`The database is being brought up to date, and waits for ${blockers.map(described).join('; and for ')}`);
    }
  }
}

/** Says the same sort of thing once in a while. */
class Progress {
  last = '';
  private saidAt = performance.now() - SAY_EVERY_MS + SAY_AFTER_MS;

  constructor(private readonly out: (text: string) => void) {}

  say(text: string): void {
    this.last = text;
    if (performance.now() - this.saidAt < SAY_EVERY_MS) return;
    this.saidAt = performance.now();
    this.out(text);
  }
}

function described({ pid, usename, application_name, state, since, query, relation }: Blocker): string {
  const who = `${application_name || 'a program without a name'} (pid ${pid}, user ${usename ?? 'unknown'}, ${state ?? 'busy'} since ${since?.toISOString() ?? 'a time unknown'}: ${query || 'no query'})`;
  return `${relation ? `${relation}, which is in use by ` : ''}${who}. It goes on by itself once that ends; SELECT pg_terminate_backend(${pid}) ends it`;
}

/** Connections of its own: no time limit on statements (a network that fails is noticed by keep-alives alone), a short one on locks, and a name by which it is found among those that wait. */
function optionsOf(options: DataSourceOptions): DataSourceOptions {
  // Left out, since pg does not send a 0: what a role has by default would hold.
  const settings = { timings: undefined, lock_timeout: LOCK_TRY_MS, statement_timeout: undefined, idle_in_transaction_session_timeout: undefined };
  const extra = { ...(options.extra as { options?: string }), ...settings };
  // Of a process that was killed nothing goes on here.
  extra.options = `${extra.options ?? ''} -c client_connection_check_interval=2s -c statement_timeout=0 -c idle_in_transaction_session_timeout=0`;
  return { ...options, entities: [], subscribers: [], poolSize: 2, applicationName: APPLICATION_NAME, logger: SILENT, extra } as DataSourceOptions;
}
