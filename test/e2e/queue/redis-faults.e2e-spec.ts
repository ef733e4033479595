import { setTimeout as sleep } from 'node:timers/promises';
import type { JobTimings } from '../../../src/platform/queue/job-timings';
import { countRows, emptyDatabase } from '../../support/database';
import { TcpRelay } from '../../support/tcp-relay.cjs';
import { until } from '../../support/until';
import { JobProcess } from './job-process';
import { TestRedis } from './test-redis';

const TIMINGS: Partial<JobTimings> = { visibilityMs: 1500, extendMs: 300, sweepMs: 200, retryMs: 100 };
const JOBS = Array.from({ length: 200 }, (_, n) => n + 1);

const describeWithRedis = TestRedis.isPossible ? describe : describe.skip;
const itWithOurRedis = TestRedis.isOurs ? it : it.skip;

describeWithRedis('Jobs over Bull, whatever becomes of Redis', () => {
  let redis: TestRedis;
  let worker: JobProcess | undefined;

  beforeEach(async () => {
    await emptyDatabase();
    redis = await TestRedis.create();
    await redis.start();
  });
  afterEach(async () => {
    await worker?.close();
    worker = undefined;
    await redis.remove();
  });

  const begin = async (): Promise<JobProcess> => {
    worker = await JobProcess.startWorker(redis.url, TIMINGS);
    return worker;
  };

  const expectAllOnce = async ({ runs }: JobProcess): Promise<void> => {
    await until(async () => (await countRows('outbox')) === 0);
    expect([...runs].sort((a, b) => a - b)).toEqual(JOBS);
  };

  itWithOurRedis('are waited for, and nothing else is, by a worker that ends without it', async () => {
    const jobs = await begin();
    jobs.work = () => sleep(500);
    await jobs.record(1);
    await until(async () => jobs.runs.length === 1);
    await redis.stop();
    const never = await JobProcess.startWorker(redis.url, TIMINGS);
    const start = Date.now();
    await Promise.all([jobs.close(), never.close()]);
    worker = undefined;
    expect(Date.now() - start).toBeLessThan(3000);
    expect(await countRows('outbox')).toBe(0);
  });

  it('survive FLUSHALL, and run once each', async () => {
    const jobs = await begin();
    jobs.work = () => sleep(20);
    await jobs.record(...JOBS);
    await until(async () => jobs.runs.length > 20);
    await redis.ask('FLUSHALL');
    expect(await countRows('outbox', 'begun < delivery')).toBeGreaterThan(100);
    await expectAllOnce(jobs);
  });

  itWithOurRedis('survive its crash, and run once each', async () => {
    const jobs = await begin();
    jobs.work = () => sleep(20);
    await jobs.record(...JOBS.slice(0, 100));
    await until(async () => jobs.runs.length > 20);
    await redis.stop();
    await jobs.record(...JOBS.slice(100));
    await sleep(2000);
    await redis.start();
    await expectAllOnce(jobs);
  });

  itWithOurRedis('survive that it hangs, and run once each', async () => {
    const jobs = await begin();
    await jobs.record(...JOBS.slice(0, 100));
    await until(async () => jobs.runs.length > 20);
    redis.freeze();
    await jobs.record(...JOBS.slice(100));
    await sleep(3000);
    redis.thaw();
    await expectAllOnce(jobs);
  });

  it('go on within half a minute of a network that falls silent, and run once each', async () => {
    const road = await TcpRelay.open(redis.url);
    worker = await JobProcess.startWorker(road.url, TIMINGS);
    await worker.record(...JOBS.slice(0, 100));
    await until(async () => worker?.runs.length === 100);
    road.silence();
    await worker.record(...JOBS.slice(100));
    await until(async () => (await countRows('outbox')) === 0, 30);
    await expectAllOnce(worker);
    await worker.close();
    worker = undefined;
    await road.close();
  });

  itWithOurRedis('do not wait for one that is away: the worker runs them itself, and over it once it is there', async () => {
    await redis.stop();
    const jobs = await begin();
    await jobs.record(...JOBS.slice(0, 100));
    await until(async () => jobs.runs.length === 100);
    await redis.start();
    await jobs.record(...JOBS.slice(100));
    await expectAllOnce(jobs);
  });

  it('are recorded by a process that has no connection to it', async () => {
    const before = await redis.ask('CLIENT LIST');
    const api = await JobProcess.start(redis.url);
    await api.record(1);
    expect((await redis.ask('CLIENT LIST')).match(/id=/g)).toHaveLength(before.match(/id=/g)?.length ?? 0);
    await api.close();
    expect(await countRows('outbox')).toBe(1);
  });
});
