import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Config } from '../../../src/platform/config/config';
import { Processes } from '../../../src/platform/installation/processes';
import { JobHandlers } from '../../../src/platform/queue/job-handlers';
import { CheckedStorage } from '../../../src/platform/storage/checked-storage';
import { aTenant } from '../../factories/tenants';
import { ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { TestApp, useTestApp } from '../../support/test-app';
import { until } from '../../support/until';
import { ended, numberEnding, startCall, useCallCentre } from '../calls/call-centre';

interface Ready {
  status: string;
  problems?: string[];
}

const readyz = async (app: TestApp): Promise<Ready> => (await app.client().get<Ready>('//readyz')).body;
const problemsOf = async (app: TestApp): Promise<string> => ((await readyz(app)).problems ?? []).join('\n');

describe('processes that were given different accounts', () => {
  const work = useCallCentre();
  const others: TestApp[] = [];
  beforeEach(() => work.app.nest.get(Processes).start('worker'));
  afterEach(async () => {
    for (const other of others.splice(0)) await other.close();
    await work.app.nest.get(Processes).beforeApplicationShutdown();
  });

  async function anotherProcess(settings: Record<string, string>): Promise<TestApp> {
    const other = await TestApp.start(settings);
    others.push(other);
    await other.nest.get(Processes).start('server');
    return other;
  }

  it('dial nothing with what they disagree on, say so, and go on once they agree', async () => {
    const server = await anotherProcess({ VAPI_API_KEY: 'a-real-one' });
    await until(async () => (await problemsOf(work.app)).includes('vapi'));
    expect(await problemsOf(server)).toMatch(
      /disagree on the account at vapi: this one \(server \d+ on .*\) has account …[0-9a-f]{4}, unlike worker \d+ on .* \(none, so that the sandbox plays it\)/,
    );
    expect(await readyz(server)).toMatchObject({ status: 'degraded', database: 'ok' });

    const call = await startCall(work.centre, numberEnding('0000'));
    await sleep(1500); // fifteen sweeps of the dialer
    expect(await countRows('call_attempts')).toBe(0);

    await others.pop()?.close(); // in its order, as a rolling restart ends a process
    expect(await ended(work.centre, call.id, 20)).toMatchObject({ status: 'completed' });
    expect(await readyz(work.app)).toEqual({ status: 'ok', database: 'ok', jobs: 'ok', givenUpJobs: 0 });
  });

  it('send nothing either', async () => {
    await ok(work.centre.api.post('/phone-numbers', { number: '+525555550100', provider: 'whatsapp', providerId: '106540352242922' }));
    await anotherProcess({ WHATSAPP_ACCESS_TOKEN: 'a-real-one' });
    await until(async () => (await problemsOf(work.app)).includes('whatsapp'));
    const template = { fromPhoneNumber: '+525555550100', toPhoneNumber: '+525512345678', templateName: 'order_ok', languageCode: 'es_MX' };
    await ok(work.centre.api.post('/messages/whatsapp/template', template));
    await until(async () => (await sql('SELECT FROM messages WHERE attempts > 0')).length > 0);
    await sleep(500);
    expect(await sql('SELECT status, asked_at FROM messages')).toEqual([{ status: 'pending', asked_at: null }]);
  });

  it('are told of another ENCRYPTION_KEY as what it is', async () => {
    const server = await anotherProcess({ ENCRYPTION_KEY: 'another key, as one is made where none is set' });
    const { problems } = await readyz(server);
    expect(problems).toEqual([expect.stringContaining('has another ENCRYPTION_KEY than worker')]);
  });

  it('do not wait for one that has died', async () => {
    const server = await anotherProcess({ VAPI_API_KEY: 'a-real-one' });
    await until(async () => (await problemsOf(work.app)).includes('vapi'));
    clearInterval(Reflect.get(server.nest.get(Processes), 'beating') as NodeJS.Timeout); // killed: it says nothing any more
    await sql(`UPDATE processes SET seen_at = now() - interval '1 minute' WHERE title LIKE 'server%'`);
    await until(async () => (await readyz(work.app)).problems === undefined);
  });
});

describe('machines with workers', () => {
  const REDIS = { REDIS_URL: 'redis://127.0.0.1:1' }; // that it is set is enough
  const first = useTestApp(REDIS);
  const others: TestApp[] = [];
  beforeEach(() => first.app.nest.get(CheckedStorage).start());
  afterEach(async () => {
    for (const other of others.splice(0)) await other.close();
  });

  async function anotherMachine(settings: Record<string, string> = {}): Promise<TestApp> {
    const other = await TestApp.start({ ...REDIS, ...settings });
    others.push(other);
    await other.nest.get(CheckedStorage).start();
    return other;
  }

  async function uploaded(app: TestApp): Promise<{ status: number; body: { message?: string } }> {
    const { key } = await aTenant(app);
    const form = new FormData();
    form.set('file', new Blob(['hello'], { type: 'text/plain' }), 'hello.txt');
    const url = await app.listen();
    const answer = await fetch(new URL('/api/v1/files', url), { method: 'POST', headers: { Authorization: `Bearer ${key}` }, body: form });
    return { status: answer.status, body: (await answer.json()) as { message?: string } };
  }

  const NEED_FILES = ['erasure.delete-files', 'import.forget', 'import.run', 'message.fetch-media', 'recording.fetch'];
  const canDo = (app: TestApp): string[] => app.nest.get(JobHandlers).types;

  it('that share the folder do the same work', async () => {
    const second = await anotherMachine({ DATA_DIR: first.app.nest.get(Config).DATA_DIR });
    expect((await uploaded(second)).status).toBe(200);
    expect(canDo(second)).toEqual(canDo(first.app));
  });

  it('refuse what needs files where their folder is another one, and leave it to the others', async () => {
    const second = await anotherMachine();
    const refused = await uploaded(second);
    expect(refused).toMatchObject({ status: 503, body: { message: expect.stringContaining('nobody would find them') } });
    expect(await problemsOf(second)).toContain('cli -- storage adopt');
    expect(
      canDo(first.app)
        .filter((type) => !canDo(second).includes(type))
        .sort(),
    ).toEqual(NEED_FILES);
    expect((await uploaded(first.app)).status).toBe(200);

    await second.nest.get(CheckedStorage).adopt();
    expect((await uploaded(second)).status).toBe(200);
    expect(await readyz(second)).toEqual({ status: 'ok', database: 'ok', jobs: 'ok', givenUpJobs: 0 });
  });

  it('start without a folder, and say what that costs', async () => {
    const second = await anotherMachine({ DATA_DIR: '/dev/null/nowhere' });
    expect(await uploaded(second)).toMatchObject({ status: 503, body: { message: expect.stringContaining('ENOTDIR') } });
    expect(await problemsOf(second)).toContain('Uploads, imports, recordings and media are refused here');
    expect((await second.client((await aTenant(second)).key).get('/contacts')).status).toBe(200);
  });
});

describe('a machine that stands alone', () => {
  const running = useTestApp();

  it('may have its folder moved', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'llamador-moved-'));
    await running.app.nest.get(CheckedStorage).start();
    const moved = await TestApp.start({ DATA_DIR: folder });
    try {
      await moved.nest.get(CheckedStorage).start();
      expect(await readyz(moved)).toEqual({ status: 'ok', database: 'ok', jobs: 'ok', givenUpJobs: 0 });
    } finally {
      await moved.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
