import { ITEMS, sendBatches } from '../harness/batches.mjs';
import { compare } from '../harness/compare.mjs';
import { expect } from '../harness/expect.mjs';
import { customFieldsOf } from '../harness/people.mjs';
import { SEEDED_CONVERSATIONS } from '../harness/seed.mjs';

export const name = 'W6 bulk update of status and custom fields';
const PATH = '/api/v1/conversations/bulk';
const BATCHES_PER_SECOND = 16;

export async function run({ sides, seconds, results }) {
  for (const side of sides) {
    const [item, ...others] = batchOf(side);
    await side.call('PUT', PATH, { conversations: [item, ...others] });
    const { rows } = await side.db.query(
      'SELECT funnel_status_id::int AS status, custom_fields FROM conversations WHERE tenant_id = $1 AND id = $2',
      [side.tenantId, item.id],
    );
    expect(side, 'the status as stored', rows[0].status, item.funnelStatusId);
    expect(side, 'a custom field as stored', rows[0].custom_fields.payment_amount, item.customFields.payment_amount);
  }
  const found = await compare(sides, seconds, (side, time) =>
    sendBatches(side, 'PUT', PATH, Array.from({ length: BATCHES_PER_SECOND * time }, () => batchOf(side))),
  );
  results.atLeast(name, 'rows/s', found, 0.7);
}

/** The next of the seeded conversations, and after the last the first again with other values: each item is a change. */
function batchOf(side) {
  const first = side.take('updates', ITEMS);
  const { statusIds } = side.seededFunnel;
  const turn = Math.floor(first / SEEDED_CONVERSATIONS) + 1;
  return Array.from({ length: ITEMS }, (_, at) => ({
    id: side.seededConversationIds[(first + at) % SEEDED_CONVERSATIONS],
    funnelStatusId: statusIds[turn % statusIds.length],
    customFields: { payment_amount: customFieldsOf(first + at).payment_amount + turn, bank_account_name: `Bank ${turn}` },
  }));
}
