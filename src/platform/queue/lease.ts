/** A request was not sent: somebody else may be at it by now. Whatever it was about is left as it is, for whoever looks after it next. */
export class LeaseLost extends Error {
  readonly code = 'LEASE_LOST';
  constructor() {
    super('The lease does not last as long as the request may take. Nothing was sent');
  }
}

/**
 * How long this process may act for something that others take over from whoever falls silent. A process can stand still at
 * any point, for any time, and its clock can be set: so the lease is counted by the clock that only goes forward, from before
 * the statement that took it was sent, and asked for as the last thing before each request that has an effect elsewhere.
 */
export class Lease {
  /** Of what nobody takes over. */
  static readonly FOREVER = new Lease(Infinity, 0);

  private until: number;

  /** @param since the time by now() before the statement that took it was sent */
  constructor(
    private readonly ms: number,
    since: number,
  ) {
    this.until = since + ms;
  }

  static now(): number {
    return performance.now();
  }

  /** It has been renewed. @param since the time by now() before the statement that did so was sent */
  extend(since: number): void {
    this.until = Math.max(this.until, since + this.ms);
  }

  holdsFor(ms: number): boolean {
    return this.until - Lease.now() >= ms;
  }

  /**
   * For a request that may take so long, or two thirds of the lease: in the other third it has to begin.
   * @returns to be called as the last thing before it is sent; throws LeaseLost
   */
  guard(timeoutMs: number): () => void {
    const ms = Math.min(timeoutMs, (this.ms * 2) / 3);
    return () => {
      if (!this.holdsFor(ms)) throw new LeaseLost();
    };
  }
}
