import { compare } from '../harness/compare.mjs';
import { expect } from '../harness/expect.mjs';
import { load } from '../harness/load.mjs';
import { customFieldsOf, newNames, phoneOf } from '../harness/people.mjs';

export const name = 'W3 create contact + address';
const AREA = '+5233';

/** A contact that the side has not seen, as a request. Search makes its writes of these, too. */
export function newContact(side) {
  const n = side.take('contacts');
  const addresses = [{ channelType: 'PHONE', address: phoneOf(AREA, n) }];
  const body = JSON.stringify({ ...newNames(n), customFields: customFieldsOf(n), addresses });
  return { method: 'POST', path: '/api/v1/contacts', body };
}

export async function run({ sides, seconds, results }) {
  for (const side of sides) {
    const { method, path, body } = newContact(side);
    const made = await side.call(method, path, body);
    const stored = await side.call('GET', `${path}/${made.id}`);
    expect(side, 'what was stored', stored, made);
    expect(side, 'its address', stored.addresses[0].address, JSON.parse(body).addresses[0].address);
  }
  const found = await compare(sides, seconds, (side, time) => load(side, () => newContact(side), { seconds: time, fresh: true }));
  results.atLeast(name, 'req/s', found, 0.75);
}
