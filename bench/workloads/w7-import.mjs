import { mkdtempSync, openAsBlob, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compare } from '../harness/compare.mjs';
import { expectThat } from '../harness/expect.mjs';
import { writeLeads } from '../harness/leads.mjs';
import { runNode } from '../harness/processes.mjs';

export const name = 'W7 import of CSV leads';
const ROWS = 100_000;
const WARM_UP_ROWS = 1000;

export async function run({ sides, seconds, results, cleanup }) {
  const folder = mkdtempSync(join(tmpdir(), 'llamador-bench-leads-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const funnels = new Map();
  for (const side of sides) funnels.set(side, await side.createFunnel('imports'));

  const found = await compare(sides, seconds, async (side, time, warming) => {
    const file = join(folder, 'leads.csv');
    const rows = warming ? WARM_UP_ROWS : ROWS;
    await writeLeads(file, side.take('leads', rows), rows); // people whom this side has not seen
    return importFile(side, file, rows, funnels.get(side), cleanup);
  });
  results.atLeast(`${name} (${ROWS.toLocaleString('en')})`, 'rows/s', found, 0.7);
  results.below('W7 peak memory of the import', 'MB RSS', found.bare.peakRssMb, found.product.peakRssMb, 200);

  const overHttp = await compare(sides, seconds, async (side, time, warming) => {
    const file = join(folder, 'leads.csv');
    const rows = warming ? WARM_UP_ROWS : ROWS;
    await writeLeads(file, side.take('leads', rows), rows);
    return side.name === 'bare' ? importFile(side, file, rows, funnels.get(side), cleanup) : postFile(side, file, rows, funnels.get(side));
  });
  results.atLeast('W7 through POST /imports and its job', 'rows/s', overHttp, 0.7);
  results.below('W7 peak memory of the server that runs it', 'MB RSS', overHttp.bare.peakRssMb, overHttp.product.peakRssMb, 200);
}

/** From the first byte that is sent until the import has ended. */
async function postFile(side, file, rows, funnel) {
  const began = performance.now();
  const form = new FormData();
  form.set('kind', 'conversations');
  form.set('options', JSON.stringify({ funnel: String(funnel.id) }));
  form.set('file', await openAsBlob(file), 'leads.csv');
  const headers = { 'x-api-key': side.headers['x-api-key'] };
  const response = await fetch(`${side.url}/api/v1/imports`, { method: 'POST', headers, body: form });
  let done = await response.json();
  let peakRssMb = 0;
  while (!done.finishedAt) {
    await sleep(100);
    peakRssMb = Math.max(peakRssMb, side.server.rssMb() ?? 0);
    done = await side.call('GET', `/api/v1/imports/${done.id}`);
  }
  const seconds = (performance.now() - began) / 1000;
  expectThat(side, `that all of ${rows} leads were counted (${JSON.stringify(done.counts)})`, done.status === 'completed' && done.counts.total === rows);
  return { rate: rows / seconds, peakRssMb };
}

async function importFile(side, file, rows, funnel, cleanup) {
  const count = async () => (await side.db.query('SELECT count(*)::int AS n FROM conversations')).rows[0].n;
  const before = await count();
  const { args, env } = side.importer;
  const target = ['--funnel', String(funnel.id), '--tenant', String(side.tenantId)];
  const { seconds, peakRssMb, output } = await runNode(cleanup, [...args, file, ...target], env);
  const made = (await count()) - before;
  expectThat(side, `that most of ${rows} leads became conversations (${made} did: ${output})`, made > rows * 0.8 && made <= rows);
  return { rate: rows / seconds, peakRssMb };
}
