import { compare } from '../harness/compare.mjs';
import { expect } from '../harness/expect.mjs';
import { load } from '../harness/load.mjs';
import { OWN_CONTACTS, SEEDED_AREA, ownId, phoneOf, random, seededNames } from '../harness/people.mjs';

export const name = 'W1 get contact with addresses';

export async function run({ sides, seconds, results }) {
  for (const side of sides) {
    const id = ownId(random(OWN_CONTACTS));
    const contact = await side.call('GET', `/api/v1/contacts/${id}`);
    const { firstName, lastName } = contact;
    expect(side, 'a contact', [contact.id, { firstName, lastName }], [id, seededNames(id)]);
    expect(side, 'its addresses', contact.addresses.map((one) => one.channelType), id % 2 === 0 ? ['PHONE', 'EMAIL'] : ['PHONE']);
    expect(side, 'its phone', contact.addresses[0].address, phoneOf(SEEDED_AREA, id));
  }
  const request = () => ({ path: `/api/v1/contacts/${ownId(random(OWN_CONTACTS))}` });
  const found = await compare(sides, seconds, (side, time) => load(side, request, { seconds: time }));
  results.atLeast(name, 'req/s', found, 0.85);
  results.withinMultiple('W1 server CPU per request', 'µs', found.bare.cpuMicros, found.product.cpuMicros, 1.4);
}
