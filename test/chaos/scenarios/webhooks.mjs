import { setTimeout as sleep } from 'node:timers/promises';
import { callsOver, countOf, queueCalls, remains } from '../calls.mjs';
import { random } from '../random.mjs';

export const title = '20,000 webhooks, each 1 to 5 times, shuffled; one in twenty never';

const CALLS = 2000;
const LATEST_MS = 2000;

export async function run({ startProduct, openVapi }) {
  const vapi = await openVapi({ lines: 50, speed: 10 });
  const { product, db } = await startProduct(vapi.env);
  vapi.target = product.url;
  vapi.onWebhook = () => (random() < 0.05 ? [] : Array.from({ length: 1 + Math.floor(random() * 5) }, () => random() * LATEST_MS));
  await queueCalls(product, CALLS);
  const lost = await callsOver(db);
  const unapplied = await allApplied(db);
  return { did: `${CALLS} calls, ${vapi.webhooks} webhooks`, lost: lost + unapplied, duplicated: vapi.twice, ...(await remains(db)), overLimit: Math.max(0, vapi.most - 50) };
}

/** The last webhooks come after the last call has ended. @returns how many are not applied after a minute */
async function allApplied(db) {
  await sleep(LATEST_MS);
  for (let seconds = 0; ; seconds++) {
    const left = await countOf(db, 'inbound_webhooks', 'applied_at IS NULL');
    if (left === 0 || seconds === 60) return left;
    await sleep(1000);
  }
}
