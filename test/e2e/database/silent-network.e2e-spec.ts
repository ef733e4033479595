import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { ChangeNotices } from '../../../src/platform/database/change-notices';
import { DatabaseTimings } from '../../../src/platform/database/database-timings';
import { query } from '../../../src/platform/database/statement';
import { TenantDb, mayHaveHappened } from '../../../src/platform/database/tenant-db';
import { JobHandlers } from '../../../src/platform/queue/job-handlers';
import { JobTimings } from '../../../src/platform/queue/job-timings';
import { Outbox } from '../../../src/platform/queue/outbox';
import { Relay } from '../../../src/platform/queue/relay';
import { type TestTenant, aContext, aTenant } from '../../factories/tenants';
import { expectError, ok } from '../../support/answers';
import type { ErrorBody } from '../../support/api-client';
import { countRows, emptyDatabase, sql } from '../../support/database';
import { TcpRelay } from '../../support/tcp-relay.cjs';
import { TestApp } from '../../support/test-app';
import { until } from '../../support/until';

const SHORT: Partial<DatabaseTimings> = { statementMs: 800, marginMs: 200, heartbeatMs: 200, silenceMs: 2000 };
const POOL = 12;

describe('Where the network falls silent', () => {
  let road: TcpRelay;
  let app: TestApp;
  let timings: DatabaseTimings;
  let tenant: TestTenant;
  const db = () => app.nest.get(TenantDb);

  beforeEach(async () => {
    await emptyDatabase();
    road = await TcpRelay.open(process.env.DATABASE_URL as string);
    app = await TestApp.start({ DATABASE_URL: road.url });
    timings = Object.assign(app.nest.get(DatabaseTimings), SHORT);
    tenant = await aTenant(app);
  });
  afterEach(async () => {
    road.restore();
    await app.close();
    await road.close();
  });

  const list = () => tenant.api.get('/contacts');
  /** As many connections as there can be, all of which have worked. */
  const warmUp = async (): Promise<void> => {
    await Promise.all(Array.from({ length: POOL }, () => query(app.nest.get(DataSource).manager, 'SELECT pg_sleep(0.2)', [])));
    await ok(list());
  };

  it('requests under load are 503 for a moment, then answered over new connections, and what was acknowledged is there', async () => {
    await warmUp();
    const statuses = new Set<number>();
    const made: number[] = [];
    let isOver = false;
    const clients = Array.from({ length: 2 * POOL }, async () => {
      while (!isOver) {
        const { status, body } = await tenant.api.post<{ id: number }>('/contacts', { firstName: 'Ana' });
        statuses.add(status);
        if (status === 200) made.push(body.id);
        else await sleep(20);
      }
    });
    await until(async () => made.length > 50);
    road.silence();
    await until(async () => statuses.has(503));
    const before = made.length;
    await until(async () => made.length > before + 100);
    isOver = true;
    await Promise.all(clients);
    expect([...statuses].sort()).toEqual([200, 503]);
    expect(await countRows('contacts', 'id = ANY($1)', [made])).toBe(made.length);
  });

  it('one time-out is enough: the idle connections, as silent as that one, are replaced with it', async () => {
    await warmUp();
    road.silence();
    await expectError(list(), 503, 'SERVICE_UNAVAILABLE');
    await Promise.all(Array.from({ length: POOL }, () => ok(list())));
  });

  it('/readyz says so within 2 s, however many ask, /livez does not mind, and both are well once it speaks again', async () => {
    await warmUp();
    road.silence({ newOnes: true });
    const begin = performance.now();
    const asked = Array.from({ length: 30 }, () => tenant.api.get('//readyz'));
    for (const answer of asked) await expectError(answer, 503, 'SERVICE_UNAVAILABLE');
    expect(performance.now() - begin).toBeLessThan(2000);
    await ok(tenant.api.get('//livez'));
    road.restore();
    await until(async () => (await tenant.api.get('//readyz')).status === 200);
    await ok(list());
  });

  const revoke = async (): Promise<unknown> => sql(`UPDATE api_keys SET revoked_at = now() WHERE tenant_id = $1`, [tenant.id]);
  const untilRefused = () => until(async () => (await list()).status === 401, 10);

  it('a key that is revoked elsewhere is refused, although no notice of it can come', async () => {
    await ok(list());
    const woken = jest.fn();
    app.nest.get(ChangeNotices).onChange('test', woken);
    road.silence({ of: 'llamador-notices' });
    await revoke();
    await untilRefused();
    await until(async () => woken.mock.calls.length > 0);
    expect(woken).toHaveBeenCalledWith();
  });

  it('a connection that listens and hears nothing is lost, too, where statements are answered', async () => {
    await ok(list());
    await until(async () => (await sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'llamador-notices'`)).length === 1);
    road.swallowAnswers({ of: 'llamador-notices' });
    await revoke();
    await untilRefused();
  });

  it('and without any fault nothing is held for longer than its greatest age', async () => {
    timings.maxAgeMs = 300;
    await ok(list());
    await revoke();
    await untilRefused();
  });

  it('a statement whose answer is lost is 503, says that it may have been done, and is not done again', async () => {
    await warmUp();
    road.swallowAnswers();
    const answer = await tenant.api.post<ErrorBody>('/contacts', { firstName: 'Ana' });
    await expectError(answer, 503, 'SERVICE_UNAVAILABLE');
    expect(answer.body.message).toMatch(/may have been made/);
    await ok(list());
    expect(await countRows('contacts')).toBe(1);
  });

  it('a COMMIT whose answer is lost is not done again', async () => {
    let runs = 0;
    const writing = db().write(aContext(tenant), async (em) => {
      runs++;
      await query(em, `INSERT INTO contacts (tenant_id, first_name) VALUES ($1, 'Ana')`, [tenant.id]);
      road.swallowAnswers();
    });
    const error: unknown = await writing.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
    expect(mayHaveHappened(error)).toBe(true);
    expect([runs, await countRows('contacts')]).toEqual([1, 1]);
  });

  it('a request with an Idempotency-Key is sent again until it is answered, and is done once', async () => {
    await warmUp();
    road.silence();
    const send = () => tenant.api.post('/contacts', { firstName: 'Ana' }, { 'idempotency-key': 'once' });
    expect((await send()).status).toBe(503);
    road.restore();
    await until(async () => (await send()).status === 200);
    expect(await countRows('contacts')).toBe(1);
  });

  it('a file stays whose row may have been written', async () => {
    await warmUp();
    const form = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n';
    road.swallowAnswers();
    expect((await tenant.api.send('POST', '/files', { raw: form, headers: { 'content-type': 'multipart/form-data; boundary=x' } })).status).toBe(503);
    const [file] = (await ok(tenant.api.get<{ items: { url: string }[] }>('/files'))).items;
    const { pathname, search } = new URL(file?.url as string, 'http://localhost');
    expect(await ok(tenant.api.get(`${pathname}${search}`))).toBe('hello');
  });

  it('each kind of work has its time: statements of requests little, bulk much', async () => {
    const slow = (work: 'write' | 'writeBulk') => db()[work](aContext(tenant), (em) => query(em, 'SELECT pg_sleep(1.5)', []));
    await expect(slow('write')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await slow('writeBulk');
    await expect(slow('write')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('jobs go on', async () => {
    const runs = new Set<number>();
    app.nest.get(JobHandlers).register('test.silence', async ({ n }) => void runs.add(n as number));
    Object.assign(app.nest.get(JobTimings), { visibilityMs: 1500, extendMs: 300, sweepMs: 200, retryMs: 100 });
    const record = (from: number) =>
      app.nest.get(DataSource).transaction(async (em) => {
        for (let n = from; n < from + 20; n++) await app.nest.get(Outbox).record(em, null, 'test.silence', { n });
      });
    await app.nest.get(Relay).start();
    await record(0);
    await until(async () => (await countRows('outbox')) === 0);
    await warmUp(); // or the relay could be lucky, and ask over a new connection
    road.silence();
    await sql(`INSERT INTO outbox (type, payload, run_at) SELECT 'test.silence', jsonb_build_object('n', n), now() FROM generate_series(20, 39) AS n`);
    await until(async () => (await countRows('outbox')) === 0);
    expect(runs.size).toBe(40);
  });
});
