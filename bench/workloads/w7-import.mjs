import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
