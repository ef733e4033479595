import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { root } from './processes.mjs';

/** One PostgreSQL for both: that of BENCH_DATABASE_URL, or the product's own in a temporary folder. */
export async function openCluster(cleanup) {
  const url = process.env.BENCH_DATABASE_URL ?? (await startEmbedded(cleanup));
  const admin = async (sql) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const [{ version }] = await admin(`SELECT current_setting('server_version') AS version`);
  const run = randomBytes(3).toString('hex');
  return {
    version,
    async createDatabase(label) {
      const name = `llamador_bench_${run}_${label}`;
      cleanup.add(() => admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
      await admin(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
      const database = new URL(url);
      database.pathname = name;
      return database.href;
    },
  };
}

async function startEmbedded(cleanup) {
  const file = join(root, 'dist/src/platform/embedded/embedded-cluster.js');
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run build, or set BENCH_DATABASE_URL`);
  const { EmbeddedCluster } = createRequire(import.meta.url)(file);
  const folder = mkdtempSync(join(tmpdir(), 'llamador-bench-pg-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const cluster = new EmbeddedCluster(folder);
  cleanup.add(() => cluster.stop());
  return (await cluster.start()).url;
}
