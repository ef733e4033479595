import { randomUUID } from 'node:crypto';
import { LifeBook } from '../life-book';
import type { Clock } from '../clock';
import { TIMINGS, cutShort, lifeOf, phaseOf } from '../life';
import { scriptOf } from '../magic-numbers';
import type { ElementeCall, ElementeOrder } from './elemente-call';

/** Elemente's calls: they live by the clock, and nobody is told; who wants to know asks. */
export class ElementeCalls {
  private readonly book: LifeBook<ElementeCall>;
  private readonly live = new Set<ElementeCall>();

  /** @param lines that may be taken at once */
  constructor(
    private readonly clock: Clock,
    private readonly lines: number,
    journal: string | undefined,
  ) {
    this.book = new LifeBook(journal);
    for (const call of this.book.all()) this.live.add(call);
  }

  freeLines(now: number): number {
    for (const call of this.live) if (phaseOf(call.life, now) === 'ended') this.live.delete(call);
    return this.lines - this.live.size;
  }

  make(order: ElementeOrder, address: string, baseUrl: string): ElementeCall {
    const createdAt = Date.now();
    this.book.prune(createdAt);
    const script = scriptOf(address);
    const life = lifeOf(script, createdAt, this.clock.speed);
    const call = this.book.add({ id: randomUUID(), createdAt, life, order, address, baseUrl, visibleAt: createdAt + (script.unseen ? this.clock.ms(TIMINGS.unseen) : 0) });
    this.live.add(call);
    return call;
  }

  find(id: string): ElementeCall | undefined {
    const call = this.book.get(id);
    return call && call.visibleAt <= Date.now() ? call : undefined;
  }

  /** Newest first. */
  all(): ElementeCall[] {
    const now = Date.now();
    return this.book
      .all()
      .filter(({ visibleAt }) => visibleAt <= now)
      .reverse();
  }

  /** A status that ends a call ends it now. */
  update(call: ElementeCall, change: { status?: string; note?: string }, isEnd: boolean): void {
    const now = Date.now();
    const life = isEnd && phaseOf(call.life, now) !== 'ended' ? cutShort(call.life, now) : call.life;
    this.book.change(call, { ...change, life });
  }
}
