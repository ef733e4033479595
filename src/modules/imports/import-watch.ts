import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { ChangeNotices } from '../../platform/database/change-notices';
import { IMPORTS_TOPIC } from './run-import';

/** Somebody who watches an import. */
export interface Watcher {
  /** Resolves at the next change, also one since the last time; after so many ms in any case. @returns whether there was one */
  next(ms: number): Promise<boolean>;
  stop(): void;
}

/** Tells whoever watches an import that it has come further, here or in another process. */
@Injectable()
export class ImportWatch implements BeforeApplicationShutdown {
  private readonly watching = new Map<string, Set<() => void>>();
  private closed = false;

  constructor(notices: ChangeNotices) {
    notices.onChange(IMPORTS_TOPIC, (key) => this.wake(key));
  }

  /** Whoever watches must not keep the server open. */
  beforeApplicationShutdown(): void {
    this.closed = true;
    this.wake();
  }

  get isOver(): boolean {
    return this.closed;
  }

  watch(id: number): Watcher {
    let changed = false;
    let wake = (): void => undefined;
    const notify = (): void => {
      changed = true;
      wake();
    };
    const watchers = this.watching.get(String(id)) ?? new Set();
    this.watching.set(String(id), watchers.add(notify));
    return {
      next: async (ms) => {
        if (!changed) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, ms);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        }
        const was = changed;
        changed = false;
        return was;
      },
      stop: () => {
        watchers.delete(notify);
        if (watchers.size === 0) this.watching.delete(String(id));
      },
    };
  }

  private wake(key?: string): void {
    const concerned = key === undefined ? [...this.watching.values()].flatMap((watchers) => [...watchers]) : [...(this.watching.get(key) ?? [])];
    for (const notify of concerned) notify();
  }
}
