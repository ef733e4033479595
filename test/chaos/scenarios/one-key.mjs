import { countOf } from '../calls.mjs';

export const title = '200 identical requests at once with one Idempotency-Key';

const REQUESTS = 200;

export async function run({ times, startProduct }) {
  const { product, db } = await startProduct({});
  let wrong = 0;
  for (let round = 0; round < times; round++) {
    const send = () => product.call('POST', '/contacts', { firstName: `Ana ${round}` }, { 'idempotency-key': `key-${round}` });
    const answers = await Promise.all(Array.from({ length: REQUESTS }, send));
    const ids = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.id));
    wrong += answers.filter(({ status }) => status !== 200 && status !== 409).length + (ids.size === 1 ? 0 : 1);
  }
  const rows = await countOf(db, 'contacts');
  return { did: `${times} keys`, lost: Math.max(0, times - rows), duplicated: Math.max(0, rows - times), wrong };
}
