import { setTimeout as sleep } from 'node:timers/promises';

/** What is asked of a server that may hang: whoever waits goes on after so many ms. @throws where there was no answer by then */
export async function answered<T>(command: Promise<T>, ms: number): Promise<T> {
  const patience = new AbortController();
  const late = sleep(ms, undefined, { signal: patience.signal }).then(() => {
    throw new Error(`no answer in ${ms} ms`);
  });
  return Promise.race([command, late]).finally(() => patience.abort());
}
