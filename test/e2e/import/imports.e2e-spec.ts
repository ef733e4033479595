import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { Relay } from '../../../src/platform/queue/relay';
import { sendForm } from '../../factories/files';
import { type TestTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { until } from '../../support/until';
import { rowCounts } from '../conversations/desk';
import { type Import, formOf, useImports } from './importing';
import { countsOf, leads } from './leads';

const LEADS = join(__dirname, '../../../../shared/data/leads-10k.csv');
const itWithLeads = existsSync(LEADS) ? it : it.skip;

describe('imports', () => {
  const running = useTestApp();
  const imports = useImports(running);
  const { post, read, run, load, errorsCsv, stored } = imports;
  let tenant: TestTenant;
  beforeEach(() => {
    tenant = imports.tenant;
  });

  it('are answered with what the columns become, and load the file once', async () => {
    const tens = 230; // three chunks
    const made = await ok(post(leads(tens)));
    expect(made).toMatchObject({ status: 'pending', mapping: { client_name: 'name', phone: 'phone', vehicle: 'customFields.vehicle' }, progress: { processed: 0, total: null }, counts: { total: 0 } });
    expect(stored()).toHaveLength(1);
    const done = await run(made.id);
    expect(done).toMatchObject({ status: 'completed', counts: countsOf(tens), progress: { processed: 10 * tens, total: 10 * tens }, errorCodes: { INVALID_PHONE: tens, INVALID_EMAIL: tens } });
    expect(await rowCounts()).toEqual({ contacts: 7 * tens, addresses: 11 * tens, conversations: 7 * tens, sessions: 9 * tens });
    expect(stored()).toEqual([]);
    expect(await run(made.id)).toEqual(done);
    expect((await load(leads(tens))).counts).toMatchObject({ successful: 0, duplicates: 9 * tens, errors: tens });
  });

  it('give back the rows that failed, to be corrected and sent again', async () => {
    const { id } = await load('name,phone,note\nAna,nonsense,"=cmd"\nLuis,+525512345678,x\n');
    const errors = await errorsCsv(id);
    expect(errors).toMatch(/^\ufeffname,phone,note,import_row,import_errors\nAna,nonsense,'=cmd,1,.*\[INVALID_PHONE\]/);
    expect(errors.trimEnd().split('\n')).toHaveLength(2);
    const again = await load(errors.replace('nonsense', '+525587654321'));
    expect(again.counts).toMatchObject({ successful: 1, errors: 0, total: 1 });
    expect(await errorsCsv(again.id)).toBe('\ufeffname,phone,note,import_row,import_errors\n');
  });

  it('of which a dry run says everything and writes nothing', async () => {
    const dry = await load(leads(150), {}, { dryRun: true });
    expect(dry).toMatchObject({ status: 'completed', counts: countsOf(150) });
    expect(await rowCounts()).toEqual({ contacts: 0, addresses: 0, conversations: 0, sessions: 0 });
    expect((await errorsCsv(dry.id)).trimEnd().split('\n')).toHaveLength(151);
  });

  it('that are canceled stop where they are, and keep what is written', async () => {
    const { id } = await ok(post(leads(800)));
    let chunks = 0;
    const running = run(id);
    await until(async () => (chunks = (await read(id)).progress.processed) > 0);
    expect(await ok(tenant.api.post<Import>(`/imports/${id}/cancel`))).toMatchObject({ status: 'canceled' });
    const done = await running;
    expect(done.status).toBe('canceled');
    expect(chunks).toBeGreaterThan(0);
    expect(done.counts.total).toBeLessThan(8000);
    expect(await countRows('conversations')).toBe(done.counts.successful);
    await expectError(tenant.api.post(`/imports/${id}/cancel`), 409, 'IMPORT_ENDED');
    expect((await run(id)).status).toBe('canceled');
    expect(stored()).toEqual([]);
  });

  it('that are run by two at once, and by one after another has died, load each row once', async () => {
    const tens = 300;
    const { id } = await ok(post(leads(tens)));
    // As one that died in its second chunk leaves it: the first is written, and the import is running.
    const first = run(id);
    await until(async () => (await read(id)).progress.processed >= 1000);
    await Promise.all([first, run(id), run(id)]);
    const done = await read(id);
    expect(done).toMatchObject({ status: 'completed', counts: countsOf(tens) });
    expect(await rowCounts()).toMatchObject({ contacts: 7 * tens, conversations: 7 * tens });
    expect(await countRows('import_errors')).toBe(tens);
  });

  it('say what is wrong before they begin, and keep nothing', async () => {
    const good = 'name,phone\nAna,+525512345678\n';
    await expectFaults(sendForm(tenant.api, '/imports', [{ name: 'file', fileName: 'a.csv', content: good }]), { kind: 'REQUIRED_FIELD' });
    await expectFaults(sendForm(tenant.api, '/imports', [{ name: 'file', fileName: 'a.csv', content: good }, { name: 'kind', content: 'conversations' }]), { options: 'REQUIRED_FIELD' });
    await expectFaults(post(good, {}, { funnel: undefined, onDuplicate: 'update' }), { 'options.funnel': 'REQUIRED_FIELD', 'options.onDuplicate': 'INVALID_VALUE' });
    await expectFaults(post('"name,phone\nAna'), { file: 'INVALID_VALUE' });
    await expectFaults(post(good, { kind: 'people' }), { kind: 'INVALID_VALUE' });
    await expectFaults(post(good, { mapping: 'no json' }), { mapping: 'INVALID_TYPE' });
    await expectFaults(post(good, { mapping: { lastname: 'name' } }), { mapping: 'INVALID_VALUE' });
    await expectFaults(post(good, { mapping: { name: 'surname' } }, { onDuplicate: 'maybe' }), { mapping: 'INVALID_VALUE', 'options.onDuplicate': 'INVALID_VALUE' });
    await expectFaults(post('PK\x03\x04...'), { file: 'INVALID_VALUE' });
    await expectFaults(post(''), { file: 'INVALID_VALUE' });
    await expectError(post(good, {}, { funnel: 'None' }), 404, 'FUNNEL_NOT_FOUND');
    await expectError(tenant.api.post('/imports', {}), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await expectError(tenant.api.get('/imports/999'), 404, 'IMPORT_NOT_FOUND');
    expect([await countRows('imports'), await countRows('outbox', `type = 'import.run'`), stored().length]).toEqual([0, 0, 0]);
  });

  it('that break off fail, say why, and keep what came before', async () => {
    const rows = Array.from({ length: 1500 }, (_, n) => `Ana,+52551234${String(1000 + n)}`);
    const done = await load(`name,phone\n${rows.join('\n')}\n"${'x'.repeat(1024 * 1024 + 1)}`);
    expect(done).toMatchObject({ status: 'failed', failure: expect.stringMatching(/not valid CSV.*mend the file/) });
    expect(done.counts.successful).toBe(1500);
    expect(await countRows('conversations')).toBe(1500);
  });

  it('with what no table can hold, in the header and in cells, harm no neighbour', async () => {
    const done = await load('name,phone,no\0te\nAna,5510000000,ok\nLuz,\0,"a\0b"\n');
    expect(done).toMatchObject({ status: 'completed', columns: ['name', 'phone', 'no\ufffdte'], counts: { successful: 1, errors: 1 } });
    expect(await errorsCsv(done.id)).toContain('Luz,\ufffd,a\ufffdb,2,');
  });

  it('are done once for one Idempotency-Key', async () => {
    const send = () => sendForm<Import>(tenant.api, '/imports', formOf('name,phone\nAna,+525512345678\n'), { 'idempotency-key': 'k' });
    const [first, second] = [await send(), await send()];
    expect(second.body.id).toBe(first.body.id);
    expect([await countRows('imports'), stored().length]).toEqual([1, 1]);
  });

  it('are nobody else’s', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    await ok(mine.api.post('/funnels', { name: 'Sales', statuses: [{ name: 'New' }] }));
    const { id } = await ok(post('name,phone\nAna,+525512345678\n', {}, {}, mine));
    for (const answer of [theirs.api.get(`/imports/${id}`), theirs.api.get(`/imports/${id}/errors.csv`), theirs.api.get(`/imports/${id}/events`), theirs.api.post(`/imports/${id}/cancel`)]) await expectError(answer, 404, 'IMPORT_NOT_FOUND');
  });

  itWithLeads('take the 10,000 leads, and again', async () => {
    const content = readFileSync(LEADS);
    expect((await load(content)).counts).toMatchObject({ successful: 7600, duplicates: 1800, errors: 600, total: 10_000 });
    expect((await load(content)).counts).toMatchObject({ successful: 0, duplicates: 9400, errors: 600, total: 10_000 });
  });

  // Last, since jobs run from then on.
  it('can be watched while jobs run them, to their end', async () => {
    const url = await running.app.listen();
    await running.app.nest.get(Relay).start();
    const { id } = await ok(post(leads(400)));
    const events = await new Promise<Import[]>((resolve, reject) => {
      const request = get({ host: url.hostname, port: url.port, path: `/api/v1/imports/${id}/events`, headers: { authorization: `Bearer ${tenant.key}` } }, (response) => {
        expect(response.headers['content-type']).toContain('text/event-stream');
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve([...text.matchAll(/event: progress\n(?:id: .*\n)?data: (.*)\n/g)].map(([, data]) => JSON.parse(data as string) as Import)));
      });
      request.on('error', reject);
    });
    expect(events.at(-1)).toMatchObject({ status: 'completed', counts: countsOf(400), progress: { processed: 4000, total: 4000 } });
    expect(events.length).toBeGreaterThan(1);
    const processed = events.map(({ progress }) => progress.processed);
    expect(processed).toEqual([...processed].sort((one, other) => one - other));
  });
});
