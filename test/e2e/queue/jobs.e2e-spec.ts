import { setTimeout as sleep } from 'node:timers/promises';
import { TenantsService } from '../../../src/modules/accounts';
import { Retention } from '../../../src/platform/database/retention';
import { JobQueue } from '../../../src/platform/queue/job-queue';
import type { JobTimings } from '../../../src/platform/queue/job-timings';
import { Outbox } from '../../../src/platform/queue/outbox';
import { countRows, emptyDatabase, sql } from '../../support/database';
import { until } from '../../support/until';
import { JobProcess, TYPE } from './job-process';
import { TestRedis, sayIfSkipped } from './test-redis';

const TIMINGS: Partial<JobTimings> = { visibilityMs: 1500, extendMs: 200, sweepMs: 1000, firstBackoffMs: 100 };

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const sorted = (runs: number[]): number[] => [...runs].sort((a, b) => a - b);
const allDone = () => until(async () => (await countRows('outbox')) === 0);
const settled = (condition: string) => until(async () => (await countRows('outbox', condition)) === 1);

sayIfSkipped();

describe.each([
  { name: 'LocalJobQueue', hasRedis: false },
  { name: 'BullJobQueue', hasRedis: true },
])('Jobs over $name', ({ hasRedis }) => {
  if (hasRedis && !TestRedis.isPossible) return it.skip('needs a redis-server', () => undefined);

  let redis: TestRedis | undefined;
  let worker: JobProcess;
  let other: JobProcess;

  beforeAll(async () => {
    redis = hasRedis ? await TestRedis.create() : undefined;
    await redis?.start();
    worker = await JobProcess.startWorker(redis?.url, TIMINGS);
    other = await JobProcess.startWorker(redis?.url, TIMINGS);
  });
  afterAll(async () => {
    await worker.close();
    await other.close();
    await redis?.remove();
  });
  beforeEach(async () => {
    await emptyDatabase();
    for (const each of [worker, other]) {
      each.runs.length = 0;
      each.work = async () => undefined;
    }
  });

  const runs = (): number[] => sorted([...worker.runs, ...other.runs]);

  /** What the jobs do, whichever process runs them. */
  const each = (work: JobProcess['work']): void => {
    worker.work = work;
    other.work = work;
  };

  it('run once, with what was recorded, and leave nothing', async () => {
    const seen: unknown[] = [];
    each(async (payload, { tenantId, attempt }) => void seen.push({ payload, tenantId, attempt }));
    const { tenantId } = await worker.nest.get(TenantsService).create('acme');
    const [row] = await sql<{ id: number }>('SELECT id FROM tenants');
    await worker.transaction((em) => worker.nest.get(Outbox).record(em, row?.id ?? 0, TYPE, { n: 1, callId: 7 }));
    await allDone();
    expect(seen).toEqual([{ payload: { n: 1, callId: 7 }, tenantId: Number(tenantId), attempt: 1 }]);
  });

  it('run at once', async () => {
    const start = Date.now();
    for (const n of numbers(10)) {
      await worker.record(n);
      await until(async () => runs().length === n);
    }
    // The sweep alone would take 10 s.
    expect(Date.now() - start).toBeLessThan(5000);
  });

  it('run after the commit', async () => {
    await worker.transaction(async (em) => {
      await worker.recordIn(em, 1);
      await sleep(300);
      expect(runs()).toEqual([]);
    });
    await allDone();
    expect(runs()).toEqual([1]);
  });

  it('never run after a rollback', async () => {
    await worker
      .transaction(async (em) => {
        await worker.recordIn(em, 1);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await sleep(300);
    expect(runs()).toEqual([]);
  });

  it('run not before their time, and then at once', async () => {
    const runAt = Date.now() + 500;
    await worker.transaction((em) => worker.recordIn(em, 1, new Date(runAt)));
    await until(async () => runs().length === 1);
    expect(Date.now() - runAt).toBeGreaterThanOrEqual(0);
    expect(Date.now() - runAt).toBeLessThan(900);
  });

  it('run again after a failure, later each time', async () => {
    const attempts: { attempt: number; at: number }[] = [];
    each(async (_payload, { attempt }) => {
      attempts.push({ attempt, at: Date.now() });
      if (attempt < 4) throw new Error(`the ${attempt}\0th`);
    });
    await worker.record(1);
    await settled(`last_error = 'the 3th' AND run_at > now() AND failed_at IS NULL`);
    await allDone();
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    const pauses = attempts.slice(1).map(({ at }, index) => at - (attempts[index]?.at ?? 0));
    // 100, 200 and 400 ms, half of it by chance
    for (const [index, least] of [50, 100, 200].entries()) expect(pauses[index]).toBeGreaterThanOrEqual(least);
  });

  it('are given up after 25 attempts, and kept for 30 days', async () => {
    each(async () => Promise.reject(new Error('for ever')));
    await sql(`INSERT INTO outbox (type, payload, delivery, begun) VALUES ($1, '{"n":1}', 24, 24)`, [TYPE]);
    await settled('failed_at IS NOT NULL');
    await sql(`UPDATE outbox SET run_at = now(), failed_at = now() - interval '29 days'`);
    await worker.nest.get(Retention).sweep();
    await sleep(300);
    expect(runs()).toEqual([1]);
    expect(await sql('SELECT delivery, last_error FROM outbox')).toEqual([{ delivery: 25, last_error: 'for ever' }]);
    await sql(`UPDATE outbox SET failed_at = now() - interval '31 days'`);
    await worker.nest.get(Retention).sweep();
    expect(await countRows('outbox')).toBe(0);
  });

  it('run again where the process that began them is gone', async () => {
    const attempts: number[] = [];
    each(async (_payload, { attempt }) => void attempts.push(attempt));
    await sql(`INSERT INTO outbox (type, payload, delivery, begun, run_at) VALUES ($1, '{"n":1}', 1, 1, now() + interval '300 ms')`, [TYPE]);
    await allDone();
    expect(attempts).toEqual([2]);
  });

  it('have lost no attempt by a delivery that nobody began', async () => {
    const attempts: number[] = [];
    each(async (_payload, { attempt }) => void attempts.push(attempt));
    await sql(`INSERT INTO outbox (type, payload, delivery, begun) VALUES ($1, '{"n":1}', 1, 0)`, [TYPE]);
    await allDone();
    expect(attempts).toEqual([1]);
  });

  it('run once, however much longer than a delivery may be silent', async () => {
    each(() => sleep(3500));
    await worker.record(1);
    await until(async () => runs().length === 1);
    await allDone();
    expect(runs()).toEqual([1]);
  });

  it('hold their lease while they say that they run, and lose it with the job', async () => {
    const held: boolean[] = [];
    each(async (_payload, { attempt, lease }) => {
      if (attempt > 1) return;
      await sleep(2500);
      held.push(lease.holdsFor(500));
      await sql(`UPDATE outbox SET delivery = 2, begun = 2, run_at = now() + interval '1 hour'`); // given up for lost, and begun elsewhere
      await sleep(2500);
      held.push(lease.holdsFor(0));
    });
    await worker.record(1);
    await until(async () => held.length === 2);
    await sleep(300);
    expect(held).toEqual([true, false]);
    // Its own end is not that of whoever has begun it since.
    expect(await sql('SELECT begun FROM outbox')).toEqual([{ begun: 2 }]);
    await sql('UPDATE outbox SET run_at = now()');
    await allDone();
  });

  it('run once where one delivery comes several times', async () => {
    const [row] = await sql<{ id: number }>(`INSERT INTO outbox (type, payload, delivery, run_at) VALUES ($1, '{"n":1}', 1, now() + interval '1 hour') RETURNING id`, [TYPE]);
    const delivery = { id: row?.id ?? 0, delivery: 1, type: TYPE };
    const old = { ...delivery, delivery: 0 };
    await Promise.all([worker, other].map(({ nest }) => nest.get(JobQueue).hand([old, delivery, delivery, delivery])));
    await allDone();
    await sleep(100);
    expect(runs()).toEqual([1]);
  });

  it('run once each, a thousand of them, in two processes', async () => {
    await worker.record(...numbers(1000));
    await allDone();
    expect(runs()).toEqual(numbers(1000));
    expect(worker.runs.length).toBeGreaterThan(0);
    expect(other.runs.length).toBeGreaterThan(0);
  });

  it('are left alone where nobody here does such jobs', async () => {
    await worker.transaction((em) => worker.nest.get(Outbox).record(em, null, 'test.of-a-newer-version', {}));
    await worker.record(1);
    await until(async () => runs().length === 1);
    await sleep(100);
    expect(await sql('SELECT type, delivery FROM outbox')).toEqual([{ type: 'test.of-a-newer-version', delivery: 0 }]);
  });

  it('that run are waited for by a shutdown, and no other is begun', async () => {
    const leaving = await JobProcess.startWorker(redis?.url, TIMINGS);
    for (const one of [worker, other, leaving]) one.work = () => sleep(400);
    await worker.record(...numbers(200));
    await until(async () => leaving.runs.length > 0);
    await leaving.close();
    const atClose = leaving.runs.length;
    const unfinished = new Set((await sql<{ n: number }>(`SELECT (payload->>'n')::int AS n FROM outbox`)).map(({ n }) => n));
    expect(leaving.runs.filter((n) => unfinished.has(n))).toEqual([]);
    each(async () => undefined);
    await allDone();
    expect(leaving.runs).toHaveLength(atClose);
    expect(sorted([...worker.runs, ...other.runs, ...leaving.runs])).toEqual(numbers(200));
  });
});
