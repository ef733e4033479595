import { createHmac, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Secrets } from '../config/secrets';
import { ChangeNotices } from '../database/change-notices';
import { Statement } from '../database/statement';
import { Problems } from '../observability/problems';

const TOPIC = 'processes';
const BEAT_MS = 5000;
/** Who has not been seen for as long has died without a word. */
const GONE_SECONDS = 20;
const HASH_CHARACTERS = 16;
/** Where it differs all hashes do, and no process can open what the other has sealed. */
export const ENCRYPTION_KEY = 'ENCRYPTION_KEY';

const BEAT = new Statement('process_beat', `INSERT INTO processes (id, title, settings) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET seen_at = now()`);
const OTHERS = new Statement<{ title: string; settings: Record<string, string> }>(
  'process_others',
  `SELECT title, settings FROM processes WHERE id <> $1 AND seen_at > now() - make_interval(secs => ${GONE_SECONDS}) ORDER BY title`,
);
const LEAVE = new Statement('process_leave', `DELETE FROM processes WHERE id = $1 OR seen_at < now() - interval '1 hour'`);

/**
 * The processes that run now on one database, which do the same work and so must have been given the same accounts: of two that
 * disagree none can know which is right, so that none uses what they disagree on until one of them has gone.
 */
@Injectable()
export class Processes implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Processes.name);
  private readonly id = randomUUID();
  private readonly settings = new Map<string, string>();
  private title = '';
  private disputes = new Map<string, string>();
  private others = 0;
  private looking: Promise<void> = Promise.resolve();
  private beating?: NodeJS.Timeout;

  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: Secrets,
    private readonly notices: ChangeNotices,
    problems: Problems,
  ) {
    this.declare(ENCRYPTION_KEY, ENCRYPTION_KEY);
    problems.register(() => [...this.disputes.values()]);
  }

  /** What this process was given; undefined is nothing, as the sandbox needs. To be called before the start. */
  declare(name: string, value: string | undefined): void {
    const key = this.secrets.keyFor('settings of processes');
    this.settings.set(name, value === undefined ? 'nothing' : createHmac('sha256', key).update(`${name} ${value}`).digest('hex').slice(0, HASH_CHARACTERS));
  }

  /** Makes this process known, and finds out whom it disagrees with: before it does any work. */
  async start(kind: 'server' | 'worker'): Promise<void> {
    this.title = `${kind} ${process.pid} on ${hostname()}`;
    this.notices.onChange(TOPIC, () => this.beat());
    await this.look();
    await this.notices.announce(this.dataSource.manager, TOPIC, this.id);
    this.beating = setInterval(() => this.beat(), BEAT_MS).unref();
  }

  /** Whether another process was alive when this one looked last. */
  get hasOthers(): boolean {
    return this.others > 0;
  }

  /** Why what was declared by this name must not be used now, where it must not. */
  disputeOf(name: string): string | undefined {
    return this.disputes.get(ENCRYPTION_KEY) ?? this.disputes.get(name);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.beating) return;
    clearInterval(this.beating);
    this.beating = undefined;
    await this.looking; // or it would come back
    // Without it the others take it for alive for a while.
    await LEAVE.rows(this.dataSource.manager, [this.id])
      .then(() => this.notices.announce(this.dataSource.manager, TOPIC, this.id))
      .catch(() => undefined);
  }

  private beat(): void {
    this.looking = this.looking
      .then(() => (this.beating ? this.look() : undefined))
      .catch((error: Error) => this.logger.debug(`The other processes could not be looked at: ${error.message}`));
  }

  private async look(): Promise<void> {
    await BEAT.rows(this.dataSource.manager, [this.id, this.title, JSON.stringify(Object.fromEntries(this.settings))]);
    const others = await OTHERS.rows(this.dataSource.manager, [this.id]);
    this.others = others.length;
    const before = this.disputes;
    this.disputes = this.compared(others);
    for (const [name, text] of this.disputes) if (before.get(name) !== text) this.logger.error(text);
    for (const name of before.keys()) if (!this.disputes.has(name)) this.logger.log(`All processes agree on ${name} again.`);
  }

  private compared(others: { title: string; settings: Record<string, string> }[]): Map<string, string> {
    const keyless = others.filter(({ settings }) => settings[ENCRYPTION_KEY] !== this.settings.get(ENCRYPTION_KEY));
    if (keyless.length > 0) {
      const titles = keyless.map(({ title }) => title).join(', ');
      return new Map([
        [
          ENCRYPTION_KEY,
          `This process (${this.title}) has another ENCRYPTION_KEY than ${titles}: neither can open what the other has sealed, and none of them calls or sends. Give all the same one.`,
        ],
      ]);
    }
    const disputes = new Map<string, string>();
    for (const [name, own] of this.settings) {
      // A setting that an older version does not know is none that it has otherwise.
      const differing = others.filter(({ settings }) => settings[name] !== undefined && settings[name] !== own);
      if (differing.length === 0) continue;
      const theirs = differing.map(({ title, settings }) => `${title} (${said(settings[name])})`).join(', ');
      disputes.set(
        name,
        `The processes disagree on the account at ${name}: this one (${this.title}) has ${said(own)}, unlike ${theirs}. None of them calls or sends there until all have the same: give them one environment and restart those that are wrong.`,
      );
    }
    return disputes;
  }
}

const said = (setting: string | undefined): string => (setting === 'nothing' ? 'none, so that the sandbox plays it' : `account …${setting?.slice(0, 4)}`);
