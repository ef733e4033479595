import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeLeads } from '../../../bench/harness/leads.mjs';
import { countOf } from '../calls.mjs';
import { random } from '../random.mjs';

export const title = 'kill -9 during an import of 100,000 rows and bulk requests that are retried by Idempotency-Key';

const ROWS = 100_000;
const BATCH = 200;
const SENDERS = 3;

export async function run({ times, startProduct, folder }) {
  const { product, db } = await startProduct({});
  const funnel = await product.ask('POST', '/funnels', { name: 'Chaos', statuses: [{ name: 'New' }] });
  const file = join(folder, 'leads.csv');
  await writeLeads(file, 1, ROWS);
  const form = new FormData();
  form.set('kind', 'conversations');
  form.set('options', JSON.stringify({ funnel: String(funnel.id) }));
  form.set('file', await openAsBlob(file), 'leads.csv');
  const { id } = await product.ask('POST', '/imports', form);

  let sent = 0;
  let isOver = false;
  const changed = [];
  const senders = Array.from({ length: SENDERS }, async () => {
    while (!isOver) {
      const n = sent++;
      const send = () => product.ask('POST', '/conversations/bulk', batchOf(funnel.id, n), { 'idempotency-key': `bulk-${n}` });
      const [first, again] = [await send(), await send()];
      if (first.report.counts.successful !== BATCH || JSON.stringify(first) !== JSON.stringify(again)) changed.push(first.report.counts);
      await sleep(200);
    }
  });

  // Every other time as soon as it comes up again, and else in the middle of the import, which goes on 15 s after a kill.
  for (let kills = 0; kills < times; kills++) {
    const { progress } = await product.ask('GET', `/imports/${id}`);
    for (let waited = 0; kills % 2 === 0 && waited < 25; waited += 0.2) {
      await sleep(200);
      const now = await product.ask('GET', `/imports/${id}`);
      if (now.finishedAt || now.progress.processed > progress.processed) break;
    }
    await sleep(random() * 500);
    await product.restart();
  }
  let found;
  do {
    await sleep(300);
    found = await product.ask('GET', `/imports/${id}`);
  } while (!found.finishedAt);
  isOver = true;
  await Promise.all(senders);

  const { counts } = found;
  const bulk = await countOf(db, 'contact_addresses', `address LIKE '%@chaos.example'`);
  const imported = (await countOf(db, 'conversations')) - sent * BATCH;
  const people = sent * BATCH;
  return {
    did: `${times} kills, ${sent} bulk requests`,
    lost: Math.max(0, ROWS - counts.total) + Math.max(0, counts.successful - imported) + Math.max(0, people - bulk),
    duplicated: Math.max(0, counts.total - ROWS) + Math.max(0, imported - counts.successful) + Math.max(0, bulk - people),
    wrong: changed.length + (counts.successful + counts.duplicates + counts.errors === ROWS && found.status === 'completed' ? 0 : 1),
    sample: JSON.stringify(counts),
  };
}

const batchOf = (funnelId, n) => ({
  conversations: Array.from({ length: BATCH }, (_, at) => ({ funnelId, contact: { firstName: `Bulk ${n}`, emails: [`bulk-${n}-${at}@chaos.example`] } })),
});
