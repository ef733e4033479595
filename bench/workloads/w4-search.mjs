import { compare } from '../harness/compare.mjs';
import { expect, expectThat } from '../harness/expect.mjs';
import { load } from '../harness/load.mjs';
import { FIRST_NAMES, OWN_CONTACTS, SEEDED_AREA, SEEDED_SURNAMES, fold, ownId, phoneOf, random, rareSurname } from '../harness/people.mjs';
import { newContact } from './w3-create.mjs';

export const name = 'W4 search';
const WRITES = 50_000;

const search = (query) => ({ method: 'POST', path: '/api/v1/contacts/search', body: JSON.stringify({ ...query, size: 20 }) });
const byAddress = (value) => search({ filters: [{ field: 'addresses.address', operator: 'eq', value }] });
/** Without its ends, so that no index of words would do. */
const rareTerm = () => rareSurname(random(SEEDED_SURNAMES)).slice(1, -1);
const commonTerm = () => fold(FIRST_NAMES[random(FIRST_NAMES.length)]);

export async function run({ sides, seconds, results }) {
  for (const side of sides) await check(side);
  const measure = (request) => compare(sides, seconds, (side, time) => load(side, request, { seconds: time }));
  const eq = () => byAddress(phoneOf(SEEDED_AREA, ownId(random(OWN_CONTACTS))));
  results.atLeast('W4 search, address eq', 'req/s', await measure(eq), 0.75);
  const rare = () => search({ search: rareTerm() });
  const clean = await measure(rare);
  results.atLeast('W4 search, rare substring', 'req/s', clean, 0.8);
  results.atLeast('W4 search, common substring', 'req/s', await measure(() => search({ search: commonTerm() })), 0.8);

  // What was just written must be found, and finding it must not become slow: measured at once, before a vacuum comes.
  const [bare, product] = sides;
  await load(product, () => newContact(product), { amount: WRITES, fresh: true });
  const after = await load(product, rare, { seconds });
  // The bare server, to which nothing was written, tells how much faster or slower the machine has become meanwhile.
  const drift = (await load(bare, rare, { seconds })).rate / clean.bare.rate;
  const before = { ...clean.product, rate: clean.product.rate * drift };
  results.atLeast(`W4 rare substring after ${WRITES} writes (bare: product before)`, 'req/s', { bare: before, product: after }, 0.7);
}

async function check(side) {
  const ask = async ({ method, path, body }) => (await side.call(method, path, body)).items;
  const id = ownId(random(OWN_CONTACTS));
  expect(side, 'what an address finds', (await ask(byAddress(phoneOf(SEEDED_AREA, id)))).map((found) => Number(found.id)), [id]);
  const rare = rareTerm();
  const few = await ask(search({ search: rare }));
  expectThat(side, `that a few contacts have ${rare}`, few.length > 0 && few.length < 20);
  expectThat(side, `that they have ${rare}`, few.every(({ lastName }) => fold(lastName).includes(rare)));
  const common = commonTerm();
  const many = await ask(search({ search: common }));
  expect(side, `how many of a page have ${common}`, many.filter(({ firstName }) => fold(firstName) === common).length, 20);
}
