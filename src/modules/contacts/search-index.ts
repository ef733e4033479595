import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';

const SWEEP_AFTER_MS = 500;

/**
 * What is written to contacts waits in the search index's pending list, which every search reads to its end: at its full
 * 4 MB a rare term takes thirty times as long. Sweeping it into the index soon after writes keeps searches fast, and costs
 * writers less than an index without a pending list would.
 */
@Injectable()
export class SearchIndex implements OnApplicationShutdown {
  private readonly logger = new Logger(SearchIndex.name);
  private timer?: NodeJS.Timeout;
  private sweeping = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  /** Contacts were written; a sweep follows. */
  wasWritten(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.sweeping = this.sweep();
    }, SWEEP_AFTER_MS).unref();
  }

  async sweep(): Promise<void> {
    try {
      await this.dataSource.query(`SELECT gin_clean_pending_list('ix_contacts_search')`);
    } catch (error) {
      this.logger.debug(`The search index was not swept: ${(error as Error).message}`);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.sweeping;
  }
}
