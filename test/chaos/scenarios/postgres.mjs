import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const title = 'PostgreSQL stopped immediately under load, and started again by the launcher';

const CLIENTS = 16;
const LONGEST_SECONDS = 5;

export async function run({ times, startEmbedded }) {
  const rounds = Math.ceil(times / 2);
  const { product, dataDir } = await startEmbedded();
  const statuses = {};
  const made = [];
  let isOver = false;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let n = 0; !isOver; n++) {
      const name = `${client}-${n}`;
      const { status, body } = await (n % 2 ? product.call('GET', '/contacts?pageSize=5') : product.call('POST', '/contacts', { firstName: name }));
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200 && n % 2 === 0) made.push({ id: body.id, name });
      if (status !== 200) await sleep(20);
    }
  });
  let slowest = 0;
  for (let round = 0; round < rounds; round++) {
    await sleep(1500);
    process.kill(Number.parseInt(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8'), 10), 'SIGQUIT');
    const began = performance.now();
    await sleep(20);
    while ((await product.call('GET', '/contacts?pageSize=1')).status !== 200) await sleep(20);
    slowest = Math.max(slowest, (performance.now() - began) / 1000);
  }
  isOver = true;
  await Promise.all(clients);
  let lost = 0;
  for (const { id, name } of made) if ((await product.ask('GET', `/contacts/${id}`)).firstName !== name) lost++;
  const unexpected = Object.entries(statuses).filter(([status]) => status !== '200' && status !== '503');
  return {
    did: `${rounds} stops, ${made.length} contacts made, again healthy in at most ${slowest.toFixed(1)} s`,
    lost,
    wrong: unexpected.reduce((sum, [, count]) => sum + count, 0) + (slowest > LONGEST_SECONDS ? 1 : 0) + (product.child.exitCode === null ? 0 : 1),
    sample: JSON.stringify(statuses),
  };
}
