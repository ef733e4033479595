import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { JobsService } from '../../../src/modules/jobs';
import { Config } from '../../../src/platform/config/config';
import { Retention } from '../../../src/platform/database/retention';
import { JobHandlers } from '../../../src/platform/queue/job-handlers';
import { Lease } from '../../../src/platform/queue/lease';
import { JobSweep } from '../../../src/platform/queue/job-sweep';
import { JobTimings } from '../../../src/platform/queue/job-timings';
import { Relay } from '../../../src/platform/queue/relay';
import { aClientWith, aTenant } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { until } from '../../support/until';
import { type Import, useImports } from '../import/importing';
import { cli, printed, useFolder } from '../import/programs';

interface Job {
  id: number;
  tenantId: string | null;
  type: string;
  status: string;
  attempts: number;
  lastError: string | null;
  failedAt: string | null;
}
interface Page {
  items: Job[];
  totalCount: number;
}

const TYPE = 'test.job';

describe('Work that is given up', () => {
  const running = useTestApp();
  const imports = useImports(running);
  const folder = useFolder();
  let work: () => Promise<void>;

  beforeAll(async () => {
    const { nest } = running.app;
    nest.get(JobHandlers).register(TYPE, () => work());
    Object.assign(nest.get(JobTimings), { firstBackoffMs: 10, maxBackoffMs: 50, sweepMs: 100 });
    await nest.get(Relay).start();
  });
  beforeEach(() => {
    work = () => Promise.reject(new Error('for ever'));
  });

  const jobs = (query: Record<string, string> = {}) => ok(imports.tenant.api.get<Page>('/jobs', query));
  const record = async (values: Record<string, unknown> = {}): Promise<number> => {
    const row = { type: TYPE, payload: '{"name": "Ana"}', tenant_id: imports.tenant.id, delivery: 24, begun: 24, ...values };
    const [made] = await sql<{ id: number }>(
      `INSERT INTO outbox (${Object.keys(row).join()}) VALUES (${Object.keys(row)
        .map((_, n) => `$${n + 1}`)
        .join()}) RETURNING id`,
      Object.values(row),
    );
    return made?.id as number;
  };
  const givenUp = (id: number) => until(async () => (await countRows('outbox', 'id = $1 AND failed_at IS NOT NULL', [id])) === 1);
  const gone = (id: number) => until(async () => (await countRows('outbox', 'id = $1', [id])) === 0);

  it('is listed, without what it is about, and tried again on request', async () => {
    const id = await record();
    await givenUp(id);
    const later = await record({ delivery: 0, begun: 0, run_at: '2999-01-01' });
    const failed = {
      id,
      tenantId: imports.tenant.id,
      type: TYPE,
      status: 'failed',
      attempts: 25,
      lastError: 'for ever',
      runAt: expect.any(String),
      createdAt: expect.any(String),
      failedAt: expect.any(String),
    };
    expect((await jobs({ status: 'failed' })).items).toEqual([failed]);
    expect(await jobs({ filterBy: 'status:failed' })).toMatchObject({ items: [failed], totalCount: 1 });
    expect((await jobs({ filterBy: `status:waiting,running;type:${TYPE}` })).items).toMatchObject([{ id: later, status: 'waiting', attempts: 0, failedAt: null }]);
    await expectFaults(imports.tenant.api.get('/jobs', { status: 'lost' }), { status: 'INVALID_VALUE' });
    await expectError(imports.tenant.api.post(`/jobs/${later}/retry`), 409, 'JOB_NOT_FAILED');
    await expectError(imports.tenant.api.post('/jobs/999999999/retry'), 404, 'JOB_NOT_FOUND');

    let runs = 0;
    work = async () => void runs++;
    expect(await ok(imports.tenant.api.post<Job>(`/jobs/${id}/retry`))).toMatchObject({ id, attempts: 0, failedAt: null });
    await gone(id);
    expect(runs).toBe(1);
  });

  it('runs, and waits after a failure', async () => {
    let fail = (): void => undefined;
    work = () => new Promise((_, reject) => (fail = () => reject(new Error('once'))));
    const id = await record({ delivery: 0, begun: 0 });
    await until(async () => (await jobs({ status: 'running' })).items[0]?.id === id);
    const timings = running.app.nest.get(JobTimings);
    Object.assign(timings, { firstBackoffMs: 60_000, maxBackoffMs: 60_000 });
    fail();
    await until(async () => (await jobs({ status: 'waiting' })).items[0]?.id === id);
    Object.assign(timings, { firstBackoffMs: 10, maxBackoffMs: 50 });
    expect((await jobs()).items).toMatchObject([{ status: 'waiting', attempts: 1, lastError: 'once' }]);
  });

  it('is an administrator’s to see, and nobody else’s; what is nobody’s is the command’s', async () => {
    const mine = await record();
    const nobodys = await record({ tenant_id: null });
    await Promise.all([mine, nobodys].map(givenUp));
    const other = await aTenant(running.app);
    expect(await ok(other.api.get('/jobs'))).toMatchObject({ items: [], totalCount: 0 });
    for (const id of [mine, nobodys]) await expectError(other.api.post(`/jobs/${id}/retry`), 404, 'JOB_NOT_FOUND');
    await expectError((await aClientWith(running.app, imports.tenant, ['imports:write'])).get('/jobs'), 403, 'MISSING_SCOPE');
    const service = running.app.nest.get(JobsService);
    expect((await service.listOfAll('failed')).map(({ id, tenantId }) => [id, tenantId])).toEqual([
      [nobodys, null],
      [mine, imports.tenant.id],
    ]);
    work = async () => undefined;
    await service.retryOfAny(nobodys);
    await gone(nobodys);
    expect(await service.retryAll()).toBe(1);
    await gone(mine);
  });

  it('is listed, and tried again, by the command', async () => {
    // No process here does such jobs.
    const [one, another] = [await record({ type: 'test.other', tenant_id: null, failed_at: new Date() }), await record({ type: 'test.other', failed_at: new Date() })];
    const listed = await printed<Job[]>(['jobs', 'list'], folder.path);
    expect(listed.map(({ id, status, tenantId }) => [id, status, tenantId])).toEqual([
      [another, 'failed', imports.tenant.id],
      [one, 'failed', null],
    ]);
    expect(await printed(['jobs', 'retry', String(one)], folder.path)).toMatchObject({ id: one, status: 'waiting', attempts: 0 });
    expect(await printed(['jobs', 'list', '--status', 'waiting'], folder.path)).toMatchObject([{ id: one }]);
    expect(await printed(['jobs', 'retry', '--all'], folder.path)).toEqual({ retried: 1 });
    expect(await cli(['jobs', 'retry', String(one)], folder.path)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^The job is waiting/) });
    expect(await cli(['jobs', 'retry'], folder.path)).toMatchObject({ code: 1, stderr: 'Name the job, or say --all.\n' });
  }, 240_000);

  it('is counted by /readyz, which says yes all the same', async () => {
    const healthy = { status: 'ok', database: 'ok', jobs: 'ok', givenUpJobs: 0 };
    expect(await ok(imports.tenant.api.get('//readyz'))).toMatchObject(healthy);
    await givenUp(await record());
    expect(await ok(imports.tenant.api.get('//readyz'))).toMatchObject({ ...healthy, jobs: 'degraded', givenUpJobs: 1 });
  });

  it('is tried once more after a day, for a month, and not for ever in a loop', async () => {
    const sweep = () => running.app.nest.get(JobSweep).sweep();
    let runs = 0;
    const id = await record();
    await givenUp(id);
    work = () => Promise.reject(new Error(`again ${++runs}`));
    await sweep();
    expect(await countRows('outbox', 'failed_at IS NOT NULL')).toBe(1);
    await sql(`UPDATE outbox SET failed_at = now() - interval '25 hours'`);
    await sweep();
    await until(async () => (await countRows('outbox', `last_error = 'again 1' AND failed_at > now() - interval '1 hour'`)) === 1);
    await sql(`UPDATE outbox SET failed_at = now() - interval '25 hours', created_at = now() - interval '31 days'`);
    await sweep();
    expect(await countRows('outbox', 'failed_at IS NOT NULL')).toBe(1);
    expect(runs).toBe(1);
  });

  describe('of an import', () => {
    const content = (rows = 1500) => `name,phone\n${Array.from({ length: rows }, (_, n) => `Ana,55${10_000_000 + n}`).join('\n')}\n`;
    const read = (id: number) => imports.read(id);

    /** In its second chunk, for the last time. */
    async function anImportThatIsGivenUp(options: Record<string, unknown> = {}): Promise<Import> {
      // A trigger is what no code of ours foresees.
      await sql(`CREATE OR REPLACE FUNCTION refuse_luz() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.position > 1000 THEN RAISE 'out of luck'; END IF; RETURN NEW; END $$`);
      await sql('CREATE TRIGGER refuse_luz BEFORE UPDATE ON imports FOR EACH ROW EXECUTE FUNCTION refuse_luz()');
      const { id } = await ok(imports.post(content(), { kind: 'contacts' }, { funnel: undefined, ...options }));
      await sql(`UPDATE outbox SET delivery = 24, begun = 24, run_at = now() WHERE type = 'import.run' AND failed_at IS NULL`);
      await until(async () => (await read(id)).status === 'failed');
      return read(id);
    }
    const recover = () => sql('DROP TRIGGER IF EXISTS refuse_luz ON imports');
    afterEach(recover);

    it('fails, says why, and goes on from there when it is resumed', async () => {
      const failed = await anImportThatIsGivenUp();
      expect(failed.failure).toMatch(/^25 tries came to nothing, the last because of: out of luck\. POST \/api\/v1\/imports\/\d+\/resume/);
      expect(failed.counts).toMatchObject({ successful: 1000, total: 1000 });
      expect(imports.stored()).toHaveLength(1);
      expect((await jobs({ status: 'failed' })).items).toMatchObject([{ type: 'import.run' }]);

      await recover();
      expect(await ok(imports.tenant.api.post<Import>(`/imports/${failed.id}/resume`))).toMatchObject({ status: 'pending', failure: null });
      await until(async () => (await read(failed.id)).status === 'completed');
      expect(await read(failed.id)).toMatchObject({ failure: null, counts: { successful: 1500, duplicates: 0, total: 1500 } });
      await until(async () => imports.stored().length === 0);
      expect((await jobs({ filterBy: 'type:import.run' })).items).toEqual([]);
      await expectError(imports.tenant.api.post(`/imports/${failed.id}/resume`), 409, 'IMPORT_NOT_RESUMABLE');
    });

    it('goes on when its job is tried again', async () => {
      const { id } = await anImportThatIsGivenUp();
      await recover();
      const [job] = (await jobs({ status: 'failed' })).items;
      await ok(imports.tenant.api.post(`/jobs/${job?.id}/retry`));
      await until(async () => (await read(id)).status === 'completed');
      expect(await read(id)).toMatchObject({ failure: null, counts: { successful: 1500 } });
    });

    it('begins anew where it was a dry run', async () => {
      const { id, status } = await anImportThatIsGivenUp({ dryRun: true });
      expect(status).toBe('failed');
      await recover();
      await ok(imports.tenant.api.post(`/imports/${id}/resume`));
      await until(async () => (await read(id)).status === 'completed');
      expect((await read(id)).counts).toMatchObject({ successful: 1500, total: 1500 });
      expect(await countRows('contacts')).toBe(0);
    });

    it('cannot be resumed without its file, and keeps that for a week', async () => {
      const { id } = await anImportThatIsGivenUp();
      await recover();
      const forget = () => running.app.nest.get(JobHandlers).of('import.forget')?.({ importId: id }, { tenantId: Number(imports.tenant.id), attempt: 1, lease: Lease.FOREVER });
      await forget();
      expect(imports.stored()).toHaveLength(1);
      expect(await countRows('outbox', `type = 'import.forget' AND run_at BETWEEN now() + interval '6 days' AND now() + interval '8 days'`)).toBe(1);
      await sql(`UPDATE imports SET finished_at = now() - interval '7 days'`);
      await forget();
      expect(imports.stored()).toEqual([]);
      await expectError(imports.tenant.api.post(`/imports/${id}/resume`), 409, 'IMPORT_NOT_RESUMABLE');
      await expectError(imports.tenant.api.post('/imports/999999/resume'), 404, 'IMPORT_NOT_FOUND');
    });

    it('says so where its file is gone behind its back', async () => {
      const { id } = await anImportThatIsGivenUp();
      await recover();
      rmSync(join(running.app.nest.get(Config).DATA_DIR, 'storage', 'imports'), { recursive: true });
      await ok(imports.tenant.api.post(`/imports/${id}/resume`));
      await until(async () => (await read(id)).status === 'failed');
      expect((await read(id)).failure).toMatch(/its file is gone/);
    });

    it('has a job again where that was lost', async () => {
      const { id } = await ok(imports.post(content(10), { kind: 'contacts' }, { funnel: undefined }));
      await until(async () => (await read(id)).status === 'completed');
      await sql(`UPDATE imports SET status = 'running', updated_at = now() - interval '1 hour' WHERE id = $1`, [id]);
      await sql('DELETE FROM outbox');
      await running.app.nest.get(JobSweep).sweep();
      await until(async () => (await read(id)).status !== 'running');
    });
  });

  describe('of what was received, or is to be sent,', () => {
    const sweep = () => running.app.nest.get(JobSweep).sweep();

    async function aWebhook(received: string): Promise<number> {
      const { api, id } = imports.tenant;
      await ok(api.put('/connections/vapi', { credentials: { apiKey: 'key' } }));
      const [connection] = await sql<{ id: number }>('SELECT id FROM connections WHERE tenant_id = $1', [id]);
      const [webhook] = await sql<{ id: number }>(
        `INSERT INTO inbound_webhooks (connection_id, provider, event_key, payload, received_at) VALUES ($1, 'vapi', $2, '{"message": {"type": "unknown"}}', now() - $3::interval) RETURNING id`,
        [connection?.id, `event ${received}`, received],
      );
      return webhook?.id as number;
    }

    it('a webhook whose job was lost is applied', async () => {
      const id = await aWebhook('1 hour');
      const young = await aWebhook('1 minute');
      await sweep();
      await until(async () => (await countRows('inbound_webhooks', 'id = $1 AND applied_at IS NOT NULL', [id])) === 1);
      expect(await countRows('inbound_webhooks', 'id = $1 AND applied_at IS NULL', [young])).toBe(1);
    });

    it('a webhook that cannot be applied has one job, and stays as long as that says so', async () => {
      const id = await aWebhook('29 days');
      const job = await record({ type: 'webhook.apply', payload: JSON.stringify({ id }), delivery: 25, begun: 25, failed_at: new Date() });
      await Promise.all([sweep(), sweep()]);
      expect(await countRows('outbox', `type = 'webhook.apply'`)).toBe(1);
      await sql(`UPDATE inbound_webhooks SET received_at = now() - interval '31 days'`);
      const { nest } = running.app;
      await nest.get(Retention).sweep();
      expect(await countRows('inbound_webhooks')).toBe(1);
      await sql('DELETE FROM outbox WHERE id = $1', [job]);
      await nest.get(Retention).sweep();
      expect(await countRows('inbound_webhooks')).toBe(0);
    });

    it('a conversation with a pending message and no job is sent for', async () => {
      const { api } = imports.tenant;
      await ok(api.post('/phone-numbers', { number: '+525555550100', provider: 'whatsapp' }));
      const template = { fromPhoneNumber: '+525555550100', toPhoneNumber: '+525512345678', templateName: 'hello', languageCode: 'es_MX' };
      const { id } = await ok(api.post<{ id: string }>('/messages/whatsapp/template', template));
      // Without its number it cannot be sent, and that is soon known.
      await sql('DELETE FROM phone_numbers');
      const isFailed = () => countRows('messages', `id = $1 AND status = 'failed'`, [id]);
      await until(async () => (await isFailed()) === 1 && (await countRows('outbox', `type = 'message.send'`)) === 0);
      await sql(`UPDATE messages SET status = 'pending', created_at = now() - interval '1 hour' WHERE id = $1`, [id]);
      await Promise.all([sweep(), sweep()]);
      await until(async () => (await isFailed()) === 1);
    });
  });
});
