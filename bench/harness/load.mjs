import { once } from 'node:events';
import autocannon from 'autocannon';

const CONNECTIONS = 16;
/** Requests of a connection before it begins again; built beforehand, for building them costs as much as sending. */
const PREPARED = 500;

/**
 * Load of one kind of request for a while.
 * @param request makes one; it is called for each connection and place, or with `fresh` for each request anew
 * @param options seconds, or amount (of requests)
 */
export async function load(side, request, { seconds, amount, fresh = false }) {
  const built = () => ({ ...request(), headers: { ...side.headers } }); // a copy: autocannon adds to it
  const cpuBefore = side.server.cpuSeconds();
  const latencies = [];
  const run = autocannon({
    url: side.url,
    connections: CONNECTIONS,
    ...(amount ? { amount } : { duration: seconds }),
    setupClient(client) {
      const dynamic = [{ setupRequest: (defaults) => ({ ...defaults, ...built() }) }];
      client.setRequests(fresh ? dynamic : Array.from({ length: PREPARED }, built));
    },
  });
  // Its own percentiles are of whole milliseconds.
  run.on('response', (client, status, bytes, milliseconds) => latencies.push(milliseconds));
  const [result] = await once(run, 'done');
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) throw new Error(`${side.name}: ${failed} requests failed: ${JSON.stringify(result.statusCodeStats)}`);
  const cpuSeconds = side.server.cpuSeconds() - cpuBefore;
  latencies.sort((a, b) => a - b);
  return {
    rate: result.requests.total / result.duration,
    p50: latencies[Math.floor(latencies.length * 0.5)],
    p99: latencies[Math.floor(latencies.length * 0.99)],
    cpuMicros: (cpuSeconds / latencies.length) * 1e6,
  };
}
