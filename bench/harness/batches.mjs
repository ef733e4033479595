import { expect } from './expect.mjs';

export const ITEMS = 1000; // of a batch
const CONNECTIONS = 4;

/** Sends batches on some connections, each one after the other, and counts rows. */
export async function sendBatches(side, method, path, batches) {
  const bodies = batches.map((conversations) => JSON.stringify({ conversations }));
  const latencies = [];
  let sent = 0;
  const connection = async () => {
    while (sent < bodies.length) {
      const at = sent++;
      const asked = performance.now();
      const { report } = await side.call(method, path, bodies[at]);
      latencies.push(performance.now() - asked);
      expect(side, 'successful items of a batch', report.counts.successful, batches[at].length);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    rate: batches.flat().length / seconds,
    p50: latencies[Math.floor(latencies.length * 0.5)],
    p99: latencies[Math.floor(latencies.length * 0.99)],
  };
}
