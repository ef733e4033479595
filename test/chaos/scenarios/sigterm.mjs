import { setTimeout as sleep } from 'node:timers/promises';
import { countOf } from '../calls.mjs';

export const title = 'SIGTERM under load: no request reset, none that was answered undone, gone within 15 s';

const CLIENTS = 16;
const LONGEST_SECONDS = 15;

export async function run({ times, startProduct }) {
  const { product, db } = await startProduct({});
  const statuses = {};
  let made = 0;
  let isOver = false;
  const clients = Array.from({ length: CLIENTS }, async () => {
    for (let n = 0; !isOver; n++) {
      const { status } = await (n % 2 ? product.call('GET', '/contacts?pageSize=5') : product.call('POST', '/contacts', { firstName: 'Ana' }));
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200 && n % 2 === 0) made++;
      if (status !== 200) await sleep(20);
    }
  });
  let slowest = 0;
  let unclean = 0;
  for (let round = 0; round < times; round++) {
    await sleep(500);
    const { code, seconds } = await product.term();
    slowest = Math.max(slowest, seconds);
    if (code !== 0) unclean++;
    await product.start();
  }
  isOver = true;
  await Promise.all(clients);
  const rows = await countOf(db, 'contacts');
  const unexpected = Object.entries(statuses).filter(([status]) => !['200', '503', 'refused'].includes(status));
  return {
    did: `${times} stops, ${made} contacts made, the slowest stop ${slowest.toFixed(1)} s`,
    lost: Math.max(0, made - rows),
    duplicated: Math.max(0, rows - made),
    wrong: unexpected.reduce((sum, [, count]) => sum + count, 0) + unclean + (slowest > LONGEST_SECONDS ? 1 : 0),
    sample: JSON.stringify(statuses),
  };
}
