/** npm run bench [-- --only W1,W5 --seconds 5]: the product beside a bare server, see README.md. */
import { parseArgs } from 'node:util';
import { Cleanup } from './harness/cleanup.mjs';
import { openCluster } from './harness/cluster.mjs';
import { describeMachine } from './harness/machine.mjs';
import { Results } from './harness/results.mjs';
import { seed, settle } from './harness/seed.mjs';
import { openBare, openProduct } from './harness/sides.mjs';
import * as w1 from './workloads/w1-get.mjs';
import * as w2 from './workloads/w2-page.mjs';
import * as w3 from './workloads/w3-create.mjs';
import * as w4 from './workloads/w4-search.mjs';
import * as w5 from './workloads/w5-bulk-create.mjs';
import * as w6 from './workloads/w6-bulk-update.mjs';
import * as w7 from './workloads/w7-import.mjs';

const workloads = { W1: w1, W2: w2, W3: w3, W4: w4, W5: w5, W6: w6, W7: w7 };
const { values } = parseArgs({
  options: { only: { type: 'string', default: Object.keys(workloads).join() }, seconds: { type: 'string', default: '5' } },
});
const chosen = values.only.toUpperCase().split(',').map((key) => workloads[key] ?? fail(`--only takes some of ${Object.keys(workloads)}`));
const seconds = Number(values.seconds) || fail('--seconds takes a number');

const cleanup = new Cleanup();
cleanup.onSignals();
const results = new Results();
try {
  console.error(await describeMachine());
  const cluster = await openCluster(cleanup);
  const sides = [await openBare(cluster, cleanup), await openProduct(cluster, cleanup)];
  console.error(`PostgreSQL ${cluster.version}. Seeding …`);
  await Promise.all(sides.map(seed));
  for (const workload of chosen) {
    console.error(workload.name);
    try {
      for (const side of sides) await settle(side);
      await workload.run({ sides, seconds, results, cleanup });
    } catch (error) {
      if (cleanup.running) throw error;
      results.failed(workload.name, error);
      process.exitCode = 1;
    }
  }
  results.print();
} finally {
  await cleanup.run();
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
