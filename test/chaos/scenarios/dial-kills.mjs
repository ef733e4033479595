import { setTimeout as sleep } from 'node:timers/promises';
import { callsOver, queueCalls, remains } from '../calls.mjs';
import { relay } from '../vapi.mjs';
import { random } from '../random.mjs';

export const title = "kill -9 between the provider's 201 and our commit";

/** The answer is held back until the product is dead: it can have committed nothing of it. */
export async function run({ times, startProduct, openVapi }) {
  const vapi = await openVapi();
  const { product, db } = await startProduct(vapi.env);
  vapi.target = product.url;
  const planned = Math.ceil(times * 2.5);
  let kills = 0;
  let restarting;
  vapi.onDial = async (_order, forward, reply) => {
    const answer = await forward();
    if (answer.status === 201 && kills < planned && !restarting && random() < 0.3) {
      kills++;
      restarting = product.restart().finally(() => (restarting = undefined));
      await restarting;
    }
    return relay(answer, reply);
  };
  const calls = planned * 8;
  await queueCalls(product, calls);
  const lost = await callsOver(db);
  await restarting;
  await sleep(500);
  return { did: `${kills} kills, ${calls} calls`, lost, duplicated: vapi.twice, ...(await remains(db)), overLimit: Math.max(0, vapi.most - 10), missing: calls - vapi.dialed.size };
}
