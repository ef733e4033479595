import 'reflect-metadata';
import { tmpdir } from 'node:os';
import type { Config } from 'jest';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/platform/database/data-source';
import { closedFolders, ownerOf } from '../../src/platform/embedded/postgres-host';
import { TestCluster } from './test-cluster';

declare global {
  // How jest's setup hands things to its teardown; the workers get the environment only.
  var testCluster: TestCluster | undefined;
}

/** One migrated template, and a copy of it for every worker. */
export default async function setUp({ maxWorkers = 1 }: Config & { maxWorkers?: number }): Promise<void> {
  // Root's own temporary folder may be closed to PostgreSQL, which does not run as root.
  if (closedFolders(tmpdir(), ownerOf('')).length > 0) process.env.TMPDIR = '/tmp';
  const cluster = new TestCluster();
  globalThis.testCluster = cluster;
  try {
    await cluster.start();
    await migrate(await cluster.createDatabase('template'));
    for (let worker = 1; worker <= maxWorkers; worker++) {
      process.env[`TEST_DATABASE_OF_WORKER_${worker}`] = await cluster.createDatabase(`worker_${worker}`, 'template');
    }
  } catch (error) {
    await cluster.stop().catch(() => undefined);
    throw error;
  }
}

async function migrate(url: string): Promise<void> {
  const dataSource = await new DataSource(dataSourceOptions({ DATABASE_URL: url, DATABASE_POOL_SIZE: 2 })).initialize();
  await dataSource.runMigrations().finally(() => dataSource.destroy());
}
