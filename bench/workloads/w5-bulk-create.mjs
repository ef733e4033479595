import { compare } from '../harness/compare.mjs';
import { expect } from '../harness/expect.mjs';
import { OWN_CONTACTS, SEEDED_AREA, customFieldsOf, newNames, ownId, phoneOf, seededNames } from '../harness/people.mjs';
import { ITEMS, sendBatches } from '../harness/batches.mjs';

export const name = 'W5 bulk create, half matching';
const AREA = '+5281';
const PATH = '/api/v1/conversations/bulk';
const LARGEST = 10_000;
const BATCHES_PER_SECOND = 8; // of --seconds: as many rows on each side, however fast it is

export async function run({ sides, seconds, results }) {
  for (const side of sides) await check(side);
  const found = await compare(sides, seconds, async (side, time) => {
    const funnel = await side.createFunnel('bulk'); // a new one: who has a conversation in it would be a duplicate
    return sendBatches(side, 'POST', PATH, Array.from({ length: BATCHES_PER_SECOND * time }, () => batchOf(side, funnel)));
  });
  results.atLeast(name, 'rows/s', found, 0.7);

  const memory = {};
  for (const side of sides) {
    await sendBatches(side, 'POST', PATH, [batchOf(side, await side.createFunnel('large'), LARGEST)]);
    memory[side.name] = side.server.rssMb();
  }
  results.below(`Memory after a bulk of ${LARGEST.toLocaleString('en')}`, 'MB RSS', memory.bare, memory.product, 400);
}

/** Items at even places have a contact of the seeded, the others one that is new. */
export function batchOf(side, funnel, size = ITEMS) {
  const first = side.take('bulk', size);
  return Array.from({ length: size }, (_, at) => {
    const n = first + at;
    const id = ownId(((n / 2) * 7919) % OWN_CONTACTS); // spread, and no two alike within one measure
    const contact =
      at % 2 === 0
        ? { ...seededNames(id), phones: [phoneOf(SEEDED_AREA, id)] }
        : { ...newNames(n), phones: [phoneOf(AREA, n)], emails: n % 4 === 1 ? [`bulk.${n}@example.com`] : [], customFields: customFieldsOf(n) };
    return { funnelId: funnel.id, customFields: customFieldsOf(n), contact };
  });
}

async function check(side) {
  const count = async () => (await side.db.query(`SELECT (SELECT count(*)::int FROM contacts) AS contacts,
    (SELECT count(*)::int FROM contact_addresses) AS addresses, (SELECT count(*)::int FROM conversations) AS conversations,
    (SELECT count(*)::int FROM channel_sessions) AS sessions`)).rows[0];
  const before = await count();
  const { report } = await side.call('POST', PATH, { conversations: batchOf(side, await side.createFunnel('checked')) });
  const { successful, errors, duplicates } = report.counts;
  expect(side, 'outcome of a batch', { successful, errors, duplicates }, { successful: ITEMS, errors: 0, duplicates: 0 });
  const made = Object.entries(await count()).map(([table, rows]) => [table, rows - before[table]]);
  // Half of the contacts are new, and half of those have an email. How many sessions the matched open, each side decides.
  const wanted = { contacts: ITEMS / 2, addresses: ITEMS * 0.75, conversations: ITEMS };
  expect(side, 'rows made', made.slice(0, 3), Object.entries(wanted));
  expect(side, 'at least one session each', made[3][1] >= ITEMS, true);
}
