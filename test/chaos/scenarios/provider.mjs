import { setTimeout as sleep } from 'node:timers/promises';
import { callsOver, queueCalls, remains } from '../calls.mjs';
import { relay } from '../vapi.mjs';

export const title = 'a provider that answers 429, 500 and junk, hangs and resets, before and after it dials';

const CALLS = 300;
const FAULTS = [
  (_forward, reply) => reply.status(429).header('retry-after', '1').send({ message: 'slow down' }),
  (_forward, reply) => reply.status(500).send({ message: 'oops' }),
  (_forward, reply) => reply.raw.destroy(),
  async (forward, reply) => (await forward(), reply.status(500).send({ message: 'oops' })),
  async (forward, reply) => (await forward(), reply.raw.destroy()),
  async (forward, reply) => (await forward(), await sleep(12_000), reply.raw.destroy()),
  async (forward, reply) => (await forward(), reply.status(201).type('application/json').send('{"hello"')),
  async (forward, reply) => (await forward(), reply.status(201).type('text/html').send('<html>')),
  async (forward, reply) => {
    const { text } = await forward();
    reply.raw.writeHead(201, { 'content-type': 'application/json', 'content-length': text.length });
    reply.raw.write(text.slice(0, text.length / 2));
    setTimeout(() => reply.raw.destroy(), 50);
  },
];

/** One answer in five is one of them, in turn. */
export async function run({ startProduct, openVapi }) {
  const vapi = await openVapi();
  const { product, db } = await startProduct(vapi.env);
  vapi.target = product.url;
  let orders = 0;
  let faults = 0;
  vapi.onDial = async (_order, forward, reply) => (++orders % 5 === 0 ? FAULTS[faults++ % FAULTS.length](forward, reply) : relay(await forward(), reply));
  await queueCalls(product, CALLS);
  const lost = await callsOver(db);
  return { did: `${CALLS} calls, ${faults} faults`, lost, duplicated: vapi.twice, ...(await remains(db)), overLimit: Math.max(0, vapi.most - 10) };
}
