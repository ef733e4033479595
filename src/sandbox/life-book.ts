import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A call or a message: something that lives for a while. */
export interface BookedLife {
  id: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** `endsAt` is null where that is not yet known. */
  life: { endsAt: number | null };
}

const KEPT_MS = 3_600_000;
/** An order says how the provider is to prove itself. */
const OWNER_ONLY = 0o600;

/**
 * The calls, or messages, of the last hour, oldest first; in a journal, too, where there is a path. Each change is appended
 * before anybody hears of it, so that after a kill -9 all is as it was.
 */
export class LifeBook<Call extends BookedLife> {
  private readonly calls = new Map<string, Call>();
  /** Calls that are in the journal only. */
  private forgotten = 0;

  constructor(private readonly path?: string) {
    // No folder is made before something is played: where nothing is, it may be one that cannot be written.
    if (path === undefined || !existsSync(path)) return;
    this.read(path);
    this.prune(Date.now());
    this.rewrite();
  }

  get(id: string): Call | undefined {
    return this.calls.get(id);
  }

  all(): Call[] {
    return [...this.calls.values()];
  }

  add(call: Call): Call {
    this.append(call);
    this.calls.set(call.id, call);
    return call;
  }

  /** Of what was removed meanwhile nothing more is heard. */
  change(call: Call, change: Partial<Call>): void {
    if (this.calls.get(call.id) !== call) return;
    this.append({ id: call.id, ...change });
    Object.assign(call, change);
  }

  /** Nothing of it stays in the journal. */
  remove(call: Call): void {
    this.calls.delete(call.id);
    this.rewrite();
  }

  /** Forgets what is long over; the journal is written anew once most of it is. */
  prune(now: number): void {
    const before = this.calls.size;
    for (const call of this.calls.values()) {
      if (call.createdAt > now - KEPT_MS) break;
      if (call.life.endsAt !== null && call.life.endsAt < now) this.calls.delete(call.id);
    }
    this.forgotten += before - this.calls.size;
    if (this.forgotten > this.calls.size) this.rewrite();
  }

  private read(path: string): void {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const change = parsed<Call>(line);
      if (!change) continue;
      const call = this.calls.get(change.id);
      if (call) Object.assign(call, change);
      else this.calls.set(change.id, change);
    }
  }

  private append(change: Partial<Call>): void {
    if (this.path === undefined) return;
    mkdirSync(dirname(this.path), { recursive: true });
    appendFileSync(this.path, `${JSON.stringify(change)}\n`, { mode: OWNER_ONLY });
  }

  private rewrite(): void {
    this.forgotten = 0;
    if (this.path === undefined) return;
    writeFileSync(
      `${this.path}.new`,
      this.all()
        .map((call) => `${JSON.stringify(call)}\n`)
        .join(''),
      { mode: OWNER_ONLY },
    );
    renameSync(`${this.path}.new`, this.path);
  }
}

/** The last line may be half a one. */
function parsed<Call>(line: string): Call | undefined {
  try {
    return JSON.parse(line) as Call;
  } catch {
    return undefined;
  }
}
