import type { Readable } from 'node:stream';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../config/config';
import { ServiceUnavailable } from '../errors/platform.errors';
import { PlainError } from '../errors/plain-error';
import type { Installation } from '../installation/installation';
import type { Processes } from '../installation/processes';
import type { Problems } from '../observability/problems';
import { type ByteRange, Storage } from './storage';

/** By which the database knows the storage that has its files. */
const NAME = 'storage';
const AGAIN_MS = 5000;
const CHECK_MS = 60_000;
const SWEEP_MS = 6 * 3_600_000;

/**
 * The storage, as long as it is the one that has the installation's files. A machine with a folder of its own would take in files
 * that no other finds, find none that others took in, and delete nothing that is to be deleted: it refuses instead, and leaves
 * such work to the others.
 */
export class CheckedStorage extends Storage implements OnApplicationShutdown {
  private readonly logger = new Logger('Storage');
  private problem?: string;
  private readonly timers: NodeJS.Timeout[] = [];
  private stopped = false;

  constructor(
    private readonly storage: Storage,
    private readonly config: Config,
    private readonly installation: Installation,
    private readonly processes: Processes,
    problems: Problems,
  ) {
    super();
    problems.register(() => (this.problem ? [this.problem] : []));
  }

  /** Before any work: whether this is the storage of the installation, which the first process that starts decides. */
  async start(): Promise<void> {
    await this.look();
    this.lookAgain();
    this.sweepNow();
    this.timers[1] = setInterval(() => this.sweepNow(), SWEEP_MS).unref();
  }

  /** For a command, which works beside the others. @throws PlainError where its files would not be found by them */
  async ensureUsable(): Promise<void> {
    await this.look(false);
    if (this.problem) throw new PlainError(this.problem);
  }

  /** From now on this is the storage of the installation. */
  async adopt(): Promise<void> {
    await this.installation.set(NAME, await this.storage.identify());
    this.problem = undefined;
  }

  get usable(): boolean {
    return this.problem === undefined;
  }

  write(key: string, content: Readable): Promise<number> {
    return this.checked(() => this.storage.write(key, content));
  }

  read(key: string, range?: ByteRange): Promise<Readable> {
    return this.checked(() => this.storage.read(key, range));
  }

  delete(key: string): Promise<void> {
    return this.checked(() => this.storage.delete(key));
  }

  identify(): Promise<string> {
    return this.storage.identify();
  }

  sweep(): Promise<void> {
    return this.storage.sweep();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    (this.storage as Partial<OnApplicationShutdown>).onApplicationShutdown?.();
  }

  private async checked<T>(work: () => Promise<T>): Promise<T> {
    if (this.problem) throw new ServiceUnavailable(this.problem);
    return work();
  }

  /** @param alone nobody else works here: another storage than before is meant, as after a move */
  private async look(alone = !this.config.REDIS_URL && !this.processes.hasOthers): Promise<void> {
    let id: string;
    try {
      id = await this.storage.identify();
    } catch (error) {
      return this.found(`The storage of files cannot be used: ${(error as Error).message}. Uploads, imports, recordings and media are refused here until it can.`);
    }
    const isOurs = (await this.installation.agree(NAME, id)) === id;
    if (!isOurs && alone) {
      this.logger.warn('Files are kept in another storage than before: what was kept there cannot be read here.');
      await this.installation.set(NAME, id);
    }
    this.found(isOurs || alone ? undefined : this.foreign);
  }

  private found(problem: string | undefined): void {
    if (problem && problem !== this.problem) this.logger.error(problem);
    if (!problem && this.problem) this.logger.log('The storage of files can be used again.');
    this.problem = problem;
  }

  private get foreign(): string {
    const where = this.config.S3_BUCKET ? `the bucket ${this.config.S3_BUCKET}` : `the folder storage in DATA_DIR (${this.config.DATA_DIR})`;
    return (
      `This machine keeps files in ${where}, and the others keep them elsewhere: imports, recordings, files and media are refused here, since nobody would find them. ` +
      'Give all machines one folder or one bucket (S3_BUCKET); if this is to be the one from now on, run: cli -- storage adopt'
    );
  }

  private lookAgain(): void {
    if (this.stopped) return;
    const look = () =>
      this.look()
        .catch((error: Error) => this.logger.debug(`Whose storage this is could not be asked: ${error.message}`))
        .finally(() => this.lookAgain());
    this.timers[0] = setTimeout(() => void look(), this.problem ? AGAIN_MS : CHECK_MS).unref();
  }

  private sweepNow(): void {
    if (this.usable) void this.storage.sweep().catch((error: Error) => this.logger.warn(`Unfinished files could not be removed: ${error.message}`));
  }
}
