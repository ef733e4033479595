/** The sandbox's time: how much faster than life it goes, and what falls due in it. Nothing here keeps a process alive. */
export class Clock {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly pauses = new Map<NodeJS.Timeout, () => void>();
  private isClosed = false;

  constructor(readonly speed: number) {}

  get closed(): boolean {
    return this.isClosed;
  }

  /** Real milliseconds of played seconds. */
  ms(seconds: number): number {
    return (seconds * 1000) / this.speed;
  }

  /** Does it at that time, in epoch milliseconds, or now where that is past. It takes the place of what the key stood for. */
  set(key: string, at: number, action: () => void): void {
    this.clear(key);
    if (this.isClosed) return;
    const timer = setTimeout(() => {
      this.timers.delete(key);
      action();
    }, at - Date.now());
    this.timers.set(key, timer.unref());
  }

  clear(key: string): void {
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
  }

  /** Shorter where the clock is closed meanwhile. */
  pause(ms: number): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.pauses.delete(timer);
        resolve();
      }, ms).unref();
      this.pauses.set(timer, resolve);
    });
  }

  close(): void {
    this.isClosed = true;
    for (const key of [...this.timers.keys()]) this.clear(key);
    for (const [timer, resolve] of this.pauses) {
      clearTimeout(timer);
      resolve();
    }
    this.pauses.clear();
  }
}
