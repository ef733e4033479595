import { compare } from '../harness/compare.mjs';
import { expect, expectThat } from '../harness/expect.mjs';
import { load } from '../harness/load.mjs';
import { random } from '../harness/people.mjs';

export const name = 'W2 page of 20 (product: with exact totalCount)';
const TOKENS = 200;

export async function run({ sides, seconds, results }) {
  const tokens = new Map();
  for (const side of sides) tokens.set(side, await tokensOf(side));
  const request = (side) => () => ({ path: pathOf(20, tokens.get(side)[random(TOKENS)]) });
  const found = await compare(sides, seconds, (side, time) => load(side, request(side), { seconds: time }));
  results.atLeast(name, 'req/s', found, 0.75);
  results.withinMultiple('W2 server CPU per request', 'µs', found.bare.cpuMicros, found.product.cpuMicros, 1.4);
}

/** Tokens are opaque: whoever wants some has to walk. */
async function tokensOf(side) {
  const { rows } = await side.db.query('SELECT count(*)::int AS total FROM contacts WHERE tenant_id = $1', [side.tenantId]);
  const tokens = [];
  const ids = new Set();
  let page = {};
  while (tokens.length < TOKENS) {
    page = await side.call('GET', pathOf(100, page.nextPageToken));
    for (const { id } of page.items) ids.add(id);
    tokens.push(page.nextPageToken);
  }
  expect(side, 'number of contacts met on the way', ids.size, TOKENS * 100);
  const last = await side.call('GET', pathOf(20, tokens[random(TOKENS)]));
  expect(side, 'size of a page', last.items.length, 20);
  expectThat(side, 'that each contact has addresses', last.items.every(({ addresses }) => addresses.length > 0));
  if (side.name === 'product') expect(side, 'totalCount', last.totalCount, rows[0].total);
  return tokens;
}

const pathOf = (size, token) => `/api/v1/contacts?pageSize=${size}${token ? `&pageToken=${encodeURIComponent(token)}` : ''}`;
