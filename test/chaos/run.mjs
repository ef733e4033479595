/** npm run chaos [-- --only redis,sigterm --times 20 --seed 7]: what no fault may do, counted. Needs `npm run build` first. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { Cleanup } from '../../bench/harness/cleanup.mjs';
import { openCluster } from '../../bench/harness/cluster.mjs';
import { Product } from './product.mjs';
import { seed } from './random.mjs';
import { Vapi } from './vapi.mjs';

const SCENARIOS = ['one-key', 'sigterm', 'postgres', 'provider', 'webhooks', 'redis', 'pause', 'dial-kills', 'import-kills', 'silence'];
/** All of them must be 0. */
const COUNTS = ['lost', 'duplicated', 'leaked', 'overLimit', 'missing', 'wrong'];

const { values } = parseArgs({ options: { only: { type: 'string' }, times: { type: 'string', default: '20' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } });
const chosen = values.only?.split(',') ?? SCENARIOS;
const unknown = chosen.filter((name) => !SCENARIOS.includes(name));
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}: choose of ${SCENARIOS.join(', ')}`);

seed(Number(values.seed));
console.log(`seed ${values.seed}`);

const all = new Cleanup();
all.onSignals();
try {
  const cluster = await openCluster(all);
  for (const name of chosen) await play(name, cluster);
} finally {
  await all.run();
}

async function play(name, cluster) {
  const { title, run } = await import(`./scenarios/${name}.mjs`);
  const cleanup = new Cleanup();
  all.add(() => cleanup.run());
  const began = performance.now();
  try {
    const result = await run(stageOf(name, cluster, cleanup));
    const counts = COUNTS.filter((count) => result[count] !== undefined).map((count) => `${count} ${result[count]}`);
    const isGood = COUNTS.every((count) => !result[count]);
    if (!isGood) process.exitCode = 1;
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(result.skipped ? `SKIPPED  ${name}: ${result.skipped}` : `${isGood ? 'ok      ' : 'FAILED  '} ${name}: ${title}\n         ${result.did}: ${counts.join(', ')}${result.sample ? `   ${result.sample}` : ''}   (${seconds} s)`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAILED   ${name}: ${error.stack}`);
  } finally {
    await cleanup.run();
  }
}

/** What a scenario may start; all of it ends with it. */
function stageOf(name, cluster, cleanup) {
  const folder = mkdtempSync(join(tmpdir(), 'llamador-chaos-'));
  chmodSync(folder, 0o711); // where it runs as root, its database is another user's
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  return {
    cleanup,
    folder,
    times: Number(values.times),
    openVapi: (options) => Vapi.open(cleanup, options),
    async startProduct(settings) {
      const databaseUrl = await cluster.createDatabase(name.replace('-', '_'));
      const env = { DATABASE_URL: databaseUrl, DATA_DIR: join(folder, 'data'), ...(typeof settings === 'function' ? await settings(databaseUrl) : settings) };
      const product = await Product.start(cleanup, env);
      const db = new pg.Pool({ connectionString: databaseUrl, max: 1 });
      db.on('error', () => undefined); // dropped by force at the end
      cleanup.add(() => db.end());
      return { product, db, env, startOther: (otherEnv, args) => Product.start(cleanup, otherEnv, args) };
    },
    async startEmbedded() {
      const dataDir = join(folder, 'data');
      mkdirSync(dataDir, { mode: 0o711 });
      return { dataDir, product: await Product.start(cleanup, { DATA_DIR: dataDir }, ['scripts/start.mjs']) };
    },
  };
}
