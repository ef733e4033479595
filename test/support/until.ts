import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the answer is there, for what happens in the background. Its patience is for busy machines. */
export async function until<T>(ask: () => Promise<T | undefined | null | false>, seconds = 20): Promise<T> {
  for (const deadline = Date.now() + seconds * 1000; ; await sleep(20)) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain`);
  }
}
