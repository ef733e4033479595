import { setTimeout as sleep } from 'node:timers/promises';
import { callsOver, countOf, queueCalls, remains } from '../calls.mjs';
import { Redis } from '../redis.mjs';
import { WhatsApp, messagesOver, queueMessages } from '../whatsapp.mjs';

export const title = 'SIGSTOP of workers and the API for longer than any lease, while calls and messages go out';

const CALLS = 1200;
const LINES = 10;
const [PEOPLE, EACH] = [200, 4];
const SECONDS = [40, 90];

/** An API and three workers over one Redis. A pause begins when whoever is paused has claimed a call, and has not asked for it yet. */
export async function run({ startProduct, openVapi, cleanup }) {
  if (!Redis.isPossible) return { skipped: 'there is no redis-server here' };
  const redis = await Redis.open(cleanup);
  // More than are used: else who wakes up and dials again is refused, and nothing is seen of it.
  const vapi = await openVapi({ lines: 4 * LINES });
  const whatsapp = await WhatsApp.open(cleanup, { answerMs: 4000 });
  const { product, db, env, startOther } = await startProduct({ ...vapi.env, ...whatsapp.env, REDIS_URL: redis.url });
  const workers = [];
  for (let n = 0; n < 3; n++) workers.push(await startOther({ ...env, INTERNAL_URL: product.url }, ['dist/src/worker.js']));
  vapi.target = product.url;
  whatsapp.target = product.url;
  await queueCalls(product, CALLS);
  await db.query('UPDATE connections SET concurrency_limit = $1', [LINES]);
  await queueMessages(product, PEOPLE, EACH);
  let caught = 0;
  let pauses = 0;
  const unasked = async () => {
    const { rows } = await db.query(`SELECT call_id, number FROM call_attempts WHERE state = 'dialing'`);
    return rows.filter(({ call_id: id, number }) => !vapi.asked.has(`${id}-${number}`)).length;
  };
  for (const seconds of SECONDS) {
    for (const paused of [workers[pauses % workers.length], product]) {
      await sleep(5000);
      caught += await paused.pause(seconds * 1000, unasked);
      pauses++;
    }
  }
  const [calls, messages] = [await callsOver(db), await messagesOver(db)];
  for (let waited = 0; waited < 60 && (await countOf(db, 'outbox')) > 0; waited++) await sleep(500);
  const jobs = await countOf(db, 'outbox');
  const unsent = PEOPLE * EACH - whatsapp.sent.size;
  return {
    did: `${CALLS} calls, ${PEOPLE * EACH} messages, ${pauses} pauses of ${SECONDS.join(' and ')} s, which caught ${caught} calls between claim and request`,
    lost: calls + messages + jobs + unsent,
    duplicated: vapi.twice + whatsapp.twice,
    ...(await remains(db)),
  };
}
