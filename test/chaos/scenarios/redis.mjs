import { setTimeout as sleep } from 'node:timers/promises';
import { callsOver, countOf, queueCalls, remains } from '../calls.mjs';
import { Redis } from '../redis.mjs';

export const title = 'FLUSHALL, freeze and kill -9 of Redis while 2,000 calls are dialed';

const CALLS = 2000;

/** An API and a worker over one Redis, which has every fault twice. */
export async function run({ startProduct, openVapi, cleanup }) {
  if (!Redis.isPossible) return { skipped: 'there is no redis-server here' };
  const redis = await Redis.open(cleanup);
  const vapi = await openVapi({ lines: 50 });
  const { product, db, env, startOther } = await startProduct({ ...vapi.env, REDIS_URL: redis.url });
  await startOther({ ...env, INTERNAL_URL: product.url }, ['dist/src/worker.js']);
  vapi.target = product.url;
  await queueCalls(product, CALLS);
  let faults = 0;
  const faulty = (async () => {
    for (const fault of [() => redis.flush(), () => redis.freeze(3000), () => redis.crash(3000), () => redis.flush(), () => redis.crash(1000), () => redis.freeze(3000)]) {
      await sleep(3000);
      await fault();
      faults++;
    }
  })();
  const lost = await callsOver(db);
  await faulty;
  for (let waited = 0; waited < 60 && (await countOf(db, 'outbox')) > 0; waited++) await sleep(500);
  const jobs = await countOf(db, 'outbox');
  return { did: `${CALLS} calls, ${faults} faults`, lost: lost + jobs, duplicated: vapi.twice, ...(await remains(db)), overLimit: Math.max(0, vapi.most - 50) };
}
