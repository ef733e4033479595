/**
 * The yardstick of imports: node bench/bare-import.mjs file.csv --funnel <id> [--tenant <id>], with DATABASE_URL of a
 * database that has bare/schema.sql. Prints one line of JSON.
 */
import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse';
import { bulkCreate } from './bare/bulk.mjs';
import { openPool } from './bare/pool.mjs';

const CHUNK = 1000;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { funnel: { type: 'string' }, tenant: { type: 'string', default: '1' } },
});
const started = performance.now();
const pool = openPool(process.env.DATABASE_URL, 2);
const counts = { rows: 0, successful: 0, duplicates: 0, errors: 0 };

let header;
let chunk = [];
let writing = Promise.resolve();
// Names by position: `columns: true` would make an object of each row, for nearly twice the time.
for await (const cells of createReadStream(positionals[0]).pipe(parse({ bom: true }))) {
  if (!header) header = new Map(cells.map((name, at) => [name, at]));
  else if (chunk.push(itemOf((name) => cells[header.get(name)])) === CHUNK) await write();
}
await write();
await writing;
await pool.end();

const seconds = (performance.now() - started) / 1000;
const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ ...counts, seconds, rowsPerSecond: Math.round(counts.rows / seconds), peakRssMb }));

/** One chunk is written while the next is read, and never more than one: memory stays flat. */
async function write() {
  await writing;
  const items = chunk;
  chunk = [];
  writing = bulkCreate(pool, Number(values.tenant), items).then(({ report }) => {
    counts.rows += items.length;
    for (const name of ['successful', 'duplicates', 'errors']) counts[name] += report.counts[name];
  });
  writing.catch(() => undefined); // awaited, and thrown, when the next chunk is full
}

function itemOf(cell) {
  const [firstName, ...lastName] = cell('client_name').trim().split(/\s+/);
  const filled = (name) => (cell(name) ? [cell(name)] : []);
  const customFields = Object.fromEntries(
    ['vehicle', 'payment_amount', 'first_payment_date', 'bank_account_name', 'bank_account_ending'].map((name) => [name, cell(name)]),
  );
  return {
    funnelId: Number(values.funnel),
    country: cell('country'),
    contact: {
      firstName,
      lastName: lastName.join(' '),
      nationalId: cell('national_id') || null,
      phones: filled('phone'),
      emails: filled('email'),
    },
    customFields,
  };
}
