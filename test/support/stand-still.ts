/** The whole process, as by SIGSTOP: whatever was under way is where it was afterwards, and only the time has passed. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A call of a method that waits until it is let go, as if the process had stood still there. */
export interface Held {
  /** Once it is there. */
  reached: Promise<void>;
  /** Lets it go on. @returns what became of it */
  letGo(): Promise<PromiseSettledResult<unknown>>;
}

/** Holds the next call of a method, before it or after it is done; those that come later go through. */
export function holdNext<Name extends string>(owner: { [name in Name]: (...args: never[]) => Promise<unknown> }, name: Name, when: 'before' | 'after' = 'before'): Held {
  const original = owner[name];
  const [reached, reach] = gate();
  const [opened, open] = gate();
  const [outcome, settle] = gate<PromiseSettledResult<unknown>>();
  const run = async (args: never[]): Promise<unknown> => {
    if (when === 'before') {
      reach();
      await opened;
      return original.apply(owner, args);
    }
    const result = await original.apply(owner, args);
    reach();
    await opened;
    return result;
  };
  owner[name] = (...args) => {
    owner[name] = original;
    const running = run(args);
    void Promise.allSettled([running]).then(([result]) => settle(result));
    return running;
  };
  return {
    reached,
    letGo() {
      open();
      return outcome;
    },
  };
}

function gate<T = void>(): [Promise<T>, (value: T) => void] {
  let open: (value: T) => void = () => undefined;
  return [new Promise<T>((opened) => (open = opened)), (value) => open(value)];
}
