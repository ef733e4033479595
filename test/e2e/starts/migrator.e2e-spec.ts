import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../../../src/platform/database/create-index-concurrently';
import { dataSourceOptions } from '../../../src/platform/database/data-source';
import { DatabaseTimings } from '../../../src/platform/database/database-timings';
import { Migrator } from '../../../src/platform/database/migrator';
import { anotherDatabase } from '../../support/database';
import { until } from '../../support/until';

class AddsAColumn1 implements MigrationInterface {
  name = 'AddsAColumn1700000000001';
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE people ADD COLUMN name text');
  }
  async down(): Promise<void> {}
}

/** Longer than the statement_timeout of any connection of the product's. */
class TakesLong2 implements MigrationInterface {
  name = 'TakesLong1700000000002';
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('SELECT pg_sleep(6)');
  }
  async down(): Promise<void> {}
}

class AddsAnIndex3 implements MigrationInterface {
  name = 'AddsAnIndex1700000000003';
  transaction = false;
  async up(queryRunner: QueryRunner): Promise<void> {
    await createIndexConcurrently(queryRunner, 'CREATE UNIQUE INDEX CONCURRENTLY uq_people_id ON people (id)');
  }
  async down(): Promise<void> {}
}

/** The product's own: after so long a connection of its other work is given up. */
const timings = Object.assign(new DatabaseTimings(), { marginMs: 0 });

describe('the migrator', () => {
  let url: string;
  let db: Client;
  const sources: DataSource[] = [];

  beforeEach(async () => {
    url = await anotherDatabase();
    db = await connected('test');
    await db.query('CREATE TABLE people (id bigint); INSERT INTO people SELECT generate_series(1, 1000)');
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) await source.destroy();
    await db.end();
  });

  async function connected(application_name: string): Promise<Client> {
    const client = new Client({ connectionString: url, application_name });
    client.on('error', () => undefined); // the database is dropped under one that a failed test has left
    await client.connect();
    return client;
  }

  function migrator(...migrations: (new () => MigrationInterface)[]): Migrator {
    const source = new DataSource({ ...dataSourceOptions({ DATABASE_URL: url, DATABASE_POOL_SIZE: 2 }, timings), migrations });
    sources.push(source);
    return new Migrator(source);
  }

  it('waits for a long reader as long as it takes, says for whom, and lets others read meanwhile', async () => {
    const dump = await connected('pg_dump');
    await dump.query('BEGIN; LOCK TABLE people IN ACCESS SHARE MODE');
    const said: string[] = [];
    let done = false;
    const migrating = migrator(AddsAColumn1)
      .prepare((text) => said.push(text))
      .finally(() => (done = true));
    await until(async () => said[0]);
    expect(said[0]).toMatch(/waits for people, which is in use by pg_dump \(pid \d+, user \w+, idle in transaction since 20\d\d-/);

    const { rows } = await dump.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    expect(said[0]).toContain(`SELECT pg_terminate_backend(${rows[0]?.pid})`);
    let longest = 0;
    for (const end = Date.now() + 8000; Date.now() < end; await sleep(50)) {
      const before = performance.now();
      await db.query('SELECT count(*) FROM people');
      longest = Math.max(longest, performance.now() - before);
    }
    expect(done).toBe(false);
    expect(longest).toBeLessThan(2000); // the lock_timeout of the servers that still run
    await dump.query('COMMIT');
    expect(await migrating).toEqual(['AddsAColumn1700000000001']);
    await dump.end();
  });

  it('has time: more than a statement has otherwise', async () => {
    expect(await migrator(TakesLong2).prepare()).toEqual(['TakesLong1700000000002']);
  });

  it('runs each migration once, whichever of several processes does, also where one makes an index while the others wait', async () => {
    const busy = await connected('a long report'); // for which the index has to wait
    await busy.query('BEGIN; DELETE FROM people WHERE id = 1');
    const said: string[] = [];
    const all = [1, 2, 3].map(() => migrator(AddsAnIndex3).prepare((text) => said.push(text)));
    await until(async () => said.some((text) => text.includes('a long report')) && said.some((text) => text.includes('Another process')));
    await busy.query('COMMIT');
    expect((await Promise.all(all)).flat()).toEqual(['AddsAnIndex1700000000003']);
    await busy.end();
  });

  it('makes an index again whose making was cut off', async () => {
    await db.query('INSERT INTO people VALUES (1)');
    await expect(migrator(AddsAnIndex3).prepare()).rejects.toThrow('uq_people_id');
    expect((await db.query('SELECT indisvalid AS valid FROM pg_index')).rows).toContainEqual({ valid: false });
    await db.query('DELETE FROM people WHERE id = 1');
    await migrator(AddsAnIndex3).prepare();
    expect((await db.query(`SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'uq_people_id'::regclass`)).rows).toEqual([{ valid: true }]);
  });
});
