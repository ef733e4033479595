import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TenantsService } from '../../../src/modules/accounts';
import { ImportFile } from '../../../src/modules/imports';
import { RunImport } from '../../../src/modules/imports/run-import';
import { Config } from '../../../src/platform/config/config';
import { JobTimings } from '../../../src/platform/queue/job-timings';
import { Relay } from '../../../src/platform/queue/relay';
import { aContact } from '../../factories/contacts';
import { countRows, sql } from '../../support/database';
import { TestApp } from '../../support/test-app';
import { until } from '../../support/until';
import { useDesk } from '../conversations/desk';
import { useFolder } from './programs';

const SHORT: Partial<JobTimings> = { visibilityMs: 1500, extendMs: 200, sweepMs: 200, retryMs: 100 };

describe('A command that imports beside a server', () => {
  const folder = useFolder();
  const running = useDesk();
  let server: TestApp;
  beforeAll(async () => {
    server = await TestApp.start({ DATA_DIR: running.app.nest.get(Config).DATA_DIR });
    for (const { nest } of [running.app, server]) Object.assign(nest.get(JobTimings), SHORT);
    await server.nest.get(Relay).start();
  });
  afterAll(() => server.close());
  afterEach(() => jest.restoreAllMocks());

  const begin = async (rows: number): Promise<{ ending: Promise<{ import: { status: string; counts: object } }> }> => {
    const path = join(folder.path, 'people.csv');
    writeFileSync(path, `name,phone\n${Array.from({ length: rows }, (_, n) => `Ana,55${10_000_000 + n}`).join('\n')}\n`);
    const { nest } = running.app;
    const tenants = nest.get(TenantsService);
    const ctx = tenants.contextOf(await tenants.find(running.desk.id), 'import');
    return { ending: nest.get(ImportFile).execute(ctx, { path, kind: 'contacts', mapping: {}, options: {}, errorsPath: join(folder.path, 'errors.csv') }) };
  };

  it('is not taken over while it lives, however slow a chunk is, and leaves no job', async () => {
    await aContact(running.desk.api, { addresses: [{ channelType: 'PHONE', address: '+525510001500' }] });
    const taken = jest.spyOn(server.nest.get(RunImport), 'execute');
    // Somebody holds one of its people for longer than a job may be silent.
    await sql('BEGIN');
    await sql('SELECT FROM contacts FOR UPDATE');
    const { ending } = await begin(3000);
    await until(async () => (await countRows('imports', 'position = 1000')) === 1);
    await sleep(4000);
    expect(await sql('SELECT delivery, begun FROM outbox')).toEqual([{ delivery: 1, begun: 1 }]);
    await sql('COMMIT');
    expect((await ending).import).toMatchObject({ status: 'completed', counts: { successful: 2999, duplicates: 1 } });
    expect(taken).not.toHaveBeenCalled();
    expect(await countRows('outbox')).toBe(0);
  });

  it('is taken over once it is silent', async () => {
    const taken = jest.spyOn(server.nest.get(RunImport), 'execute');
    const timings = running.app.nest.get(JobTimings);
    timings.extendMs = 3_600_000;
    await sql('BEGIN');
    await sql(`LOCK TABLE contact_addresses IN SHARE MODE`);
    const { ending } = await begin(3000);
    await until(async () => taken.mock.calls.length === 1);
    await sql('COMMIT');
    timings.extendMs = SHORT.extendMs as number;
    expect((await ending).import).toMatchObject({ status: 'completed', counts: { successful: 3000, duplicates: 0 } });
    await until(async () => (await countRows('outbox')) === 0);
    expect(await countRows('contacts')).toBe(3000);
  });
});
