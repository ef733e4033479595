import type { RecordingDto } from '../../../src/modules/recordings';
import { type TestTenant, aClientWith, aContext, aTenant, twoTenants } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, ok } from '../../support/answers';
import { AUDIO, aWav } from '../../support/audio';
import { countRows, sql } from '../../support/database';
import { useLoopbackServer } from '../../support/loopback-server';
import { useTestApp } from '../../support/test-app';
import { aCall, aConnectionTo, aLoadedRecording, aRecording, answerWith, inTransaction, runJobs } from './studio';

interface Page {
  items: RecordingDto[];
  totalCount: number;
}

const stateOf = async (id: number) => (await sql<{ state: string; failure: string | null }>('SELECT state, failure FROM recordings WHERE id = $1', [id]))[0];

describe('recordings', () => {
  const provider = useLoopbackServer();
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });

  const ofCall = (callId: number) => inTransaction(running.app, (em, api) => api.ofCall(em, aContext(tenant), callId));

  describe('of a call', () => {
    it('are still to come, and then there, with what the provider said of them and what they say themselves', async () => {
      const wav = aWav({ seconds: 2.5, channels: 2 });
      const asked: unknown[] = [];
      provider.answer((request, response) => {
        asked.push([request.url, request.headers.authorization]);
        answerWith(wav, 'text/plain')(request, response);
      });
      const url = `${provider.url}/call/c-1/stereo-recording`;
      const { id, callId } = await aRecording(running.app, tenant, provider, { url, providerId: 'r-1', callProviderId: 'c-1', startTime: '2026-04-01T10:00:00Z' });
      await expectError(tenant.api.get(`/recordings/${id}`), 404, 'RECORDING_NOT_READY');
      await expect(ofCall(callId)).rejects.toMatchObject({ code: 'RECORDING_NOT_READY' });
      expect(asked).toEqual([]);

      expect(await runJobs(running.app)).toEqual(['recording.fetch']);

      expect(asked).toEqual([['/call/c-1/stereo-recording', expect.stringMatching(/^Bearer .+/)]]);
      const recording = await ok(tenant.api.get<RecordingDto>(`/recordings/${id}`));
      expect(recording).toEqual({
        id,
        tenantId: tenant.id,
        callId,
        userId: null,
        providerId: 'r-1',
        providerName: 'vapi',
        callProviderId: 'c-1',
        callProviderName: 'vapi',
        url: expect.stringContaining(`/api/v1/recordings/${id}/content?expires=`),
        state: 'ready',
        failure: null,
        contentType: 'audio/wav',
        size: wav.length,
        startTime: '2026-04-01T10:00:00.000Z',
        duration: 2.5,
        dualChannel: true,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      expect(await ofCall(callId)).toEqual({ ...recording, url: expect.any(String) });
    });

    it('keep what the provider said, where the file says something else', async () => {
      provider.answer(answerWith(aWav({ seconds: 1, channels: 1 })));
      const { id } = await aRecording(running.app, tenant, provider, { durationSeconds: 7, dualChannel: true });
      await runJobs(running.app);
      expect(await ok(tenant.api.get<RecordingDto>(`/recordings/${id}`))).toMatchObject({ duration: 7, dualChannel: true });
    });

    it.each([
      ['audio/wav', AUDIO.wav],
      ['audio/mpeg', AUDIO.mp3],
      ['audio/mpeg', AUDIO.mp3WithoutTag],
      ['audio/ogg', AUDIO.ogg],
      ['audio/webm', AUDIO.webm],
      ['audio/mp4', AUDIO.m4a],
    ])('may be %s', async (contentType, content) => {
      provider.answer(answerWith(content));
      const { id } = await aRecording(running.app, tenant, provider);
      await runJobs(running.app);
      const { url, ...recording } = await ok(tenant.api.get<RecordingDto>(`/recordings/${id}`));
      expect(recording).toMatchObject({ contentType, size: content.length });
      const answer = await running.app.nest.inject(url.replace(/^http:\/\/[^/]+/, ''));
      expect(answer.headers['content-type']).toBe(contentType);
      expect(answer.rawPayload.equals(content)).toBe(true);
    });

    it('are one, however often the provider tells of them', async () => {
      const same = { callId: await aCall(tenant), url: `${provider.url}/same` };
      const ids = await Promise.all([1, 2, 3].map(() => aRecording(running.app, tenant, provider, same)));
      expect(new Set(ids.map(({ id }) => id)).size).toBe(1);
      expect(await countRows('outbox', `type = 'recording.fetch'`)).toBe(1);
    });

    it('are fetched once where the job runs twice', async () => {
      let asked = 0;
      provider.answer((request, response) => {
        asked++;
        answerWith(AUDIO.wav)(request, response);
      });
      const { id } = await aRecording(running.app, tenant, provider);
      await runJobs(running.app);
      await sql(`INSERT INTO outbox (tenant_id, type, payload) VALUES ($1, 'recording.fetch', jsonb_build_object('id', $2::bigint))`, [tenant.id, id]);
      await runJobs(running.app);
      expect(asked).toBe(1);
      expect(await stateOf(id)).toEqual({ state: 'ready', failure: null });
    });

    it('are the one that can be heard, where a call has several', async () => {
      provider.answer((request, response) => (request.url === '/good' ? answerWith(AUDIO.wav)(request, response) : void response.writeHead(410).end()));
      const callId = await aCall(tenant);
      await aRecording(running.app, tenant, provider, { callId, url: `${provider.url}/gone` });
      const good = await aRecording(running.app, tenant, provider, { callId, url: `${provider.url}/good` });
      await runJobs(running.app);
      expect(await ofCall(callId)).toMatchObject({ id: good.id, state: 'ready' });
    });

    it('are none where there is none', async () => {
      await expect(ofCall(await aCall(tenant))).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
    });
  });

  describe('that cannot be had', () => {
    it.each([400, 401, 403, 410])('are given up at once where the provider answers %i', async (status) => {
      provider.answer((_, response) => void response.writeHead(status).end('no'));
      const { id, callId } = await aRecording(running.app, tenant, provider);
      await runJobs(running.app);
      expect(await stateOf(id)).toEqual({ state: 'failed', failure: `the server answered ${status}` });
      expect(await expectError(tenant.api.get(`/recordings/${id}`), 404, 'RECORDING_NOT_FOUND')).toMatchObject({ failure: `the server answered ${status}` });
      await expect(ofCall(callId)).rejects.toMatchObject({ code: 'RECORDING_NOT_FOUND' });
    });

    it.each([404, 429, 500, 503])('are asked for again where the provider answers %i, and given up the tenth time', async (status) => {
      provider.answer((_, response) => void response.writeHead(status).end('later'));
      const { id } = await aRecording(running.app, tenant, provider);
      for (const attempt of [1, 9]) {
        await expect(runJobs(running.app, attempt)).rejects.toThrow(`the server answered ${status}`);
        expect(await stateOf(id)).toEqual({ state: 'pending', failure: null });
      }
      await runJobs(running.app, 10);
      expect(await stateOf(id)).toEqual({ state: 'failed', failure: `the server answered ${status}` });
    });

    it('are there after all when asked for again', async () => {
      provider.answer((_, response) => {
        response.writeHead(200, { 'content-length': 5000 }).write('RIFF');
        setTimeout(() => response.destroy(), 20);
      });
      const { id } = await aRecording(running.app, tenant, provider);
      await expect(runJobs(running.app)).rejects.toThrow();
      provider.answer(answerWith(AUDIO.wav));
      await runJobs(running.app, 2);
      expect(await stateOf(id)).toEqual({ state: 'ready', failure: null });
    });

    it.each([
      ['a page', Buffer.from('<html>log in</html>')],
      ['nothing', Buffer.alloc(0)],
    ])('are given up where there is %s instead', async (_, content) => {
      provider.answer(answerWith(content, 'audio/wav'));
      const { id } = await aRecording(running.app, tenant, provider);
      await runJobs(running.app);
      expect(await stateOf(id)).toEqual({ state: 'failed', failure: expect.stringMatching(/^it is not audio/) });
    });

    it.each(['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', 'localhost'])('are not looked for on this machine, by loading them from %s', async (host) => {
      let asked = 0;
      provider.answer((request, response) => {
        asked++;
        answerWith(AUDIO.wav)(request, response);
      });
      await aConnectionTo(provider); // which is for what the provider tells of
      const { id: userId } = await aUser(tenant.api);
      const id = await aLoadedRecording(running.app, tenant, userId, `http://${host}:${new URL(provider.url).port}/a.wav`);
      await runJobs(running.app);
      expect(await stateOf(id)).toEqual({ state: 'failed', failure: expect.stringMatching(/not of the open internet/) });
      expect(asked).toBe(0);
    });

    it('are not looked for inside at an address that a tenant named itself', async () => {
      const [own] = await sql<{ id: number }>(`INSERT INTO connections (tenant_id, provider, base_url) VALUES ($1, 'vapi', 'https://localhost:1') RETURNING id`, [tenant.id]);
      const { id } = await aRecording(running.app, tenant, provider, { connectionId: own?.id, url: 'https://localhost:1/a.wav' });
      await runJobs(running.app);
      expect(await stateOf(id)).toEqual({ state: 'failed', failure: expect.stringMatching(/not of the open internet/) });
    });
  });

  describe('that somebody loads', () => {
    it('are one by url, for each tenant its own, and name who loaded them', async () => {
      const { mine, theirs } = await twoTenants(running.app);
      const [me, them] = [await aUser(mine.api), await aUser(theirs.api)];
      const url = 'https://recordings.example.com/a.wav?key=hidden';
      const id = await aLoadedRecording(running.app, mine, me.id, url);
      const find = (of: TestTenant) => inTransaction(running.app, (em, api) => api.findByUrl(em, aContext(of), url));
      expect([await find(mine), await find(theirs)]).toEqual([id, undefined]);
      await expect(aLoadedRecording(running.app, mine, me.id, url)).rejects.toThrow(); // LostRace: who loads asks findByUrl first
      expect(await aLoadedRecording(running.app, theirs, them.id, url)).not.toBe(id);
      expect((await ok(mine.api.get<Page>('/recordings'))).items).toMatchObject([{ id, userId: me.id, state: 'pending', callId: null }]);
    });

    it('keep their url to themselves', async () => {
      const { id: userId } = await aUser(tenant.api);
      const id = await aLoadedRecording(running.app, tenant, userId, 'https://recordings.example.com/a.wav?key=hidden');
      const [row] = await sql('SELECT to_jsonb(r)::text AS text FROM recordings r WHERE id = $1', [id]);
      expect(row?.text).not.toMatch(/hidden|example\.com/);
    });
  });

  describe('in lists', () => {
    it('are found by call and state, whatever became of them', async () => {
      provider.answer((request, response) => (request.url?.includes('mono') ? answerWith(AUDIO.wav)(request, response) : void response.writeHead(410).end()));
      const ready = await aRecording(running.app, tenant, provider);
      const failed = await aRecording(running.app, tenant, provider, { url: `${provider.url}/gone` });
      await runJobs(running.app);
      const pending = await aRecording(running.app, tenant, provider);
      const list = async (filterBy?: string) => (await ok(tenant.api.get<Page>('/recordings', { filterBy }))).items.map(({ id, state, failure }) => ({ id, state, failure }));
      const all = [
        { id: pending.id, state: 'pending', failure: null },
        { id: failed.id, state: 'failed', failure: 'the server answered 410' },
        { id: ready.id, state: 'ready', failure: null },
      ];
      expect(await list()).toEqual(all);
      expect(await list(`callId:${failed.callId}`)).toEqual([all[1]]);
      expect(await list('state:ready,pending')).toEqual([all[0], all[2]]);
    });

    it("are one's own, and need the scope", async () => {
      const { mine, theirs } = await twoTenants(running.app);
      const { id } = await aRecording(running.app, theirs, provider);
      expect(await ok(mine.api.get<Page>('/recordings'))).toMatchObject({ items: [], totalCount: 0 });
      await expectError(mine.api.get(`/recordings/${id}`), 404, 'RECORDING_NOT_FOUND');
      const without = await aClientWith(running.app, theirs, ['calls:read']);
      await expectError(without.get(`/recordings/${id}`), 403, 'MISSING_SCOPE');
      await expectError(without.get('/recordings'), 403, 'MISSING_SCOPE');
    });
  });

  describe('by their url', () => {
    const wav = aWav({ seconds: 1 });
    let id: number;
    let url: URL;
    beforeEach(async () => {
      provider.answer(answerWith(wav));
      ({ id } = await aRecording(running.app, tenant, provider));
      await runJobs(running.app);
      url = new URL((await ok(tenant.api.get<RecordingDto>(`/recordings/${id}`))).url);
    });

    const hear = (at: URL, headers: Record<string, string> = {}) => running.app.nest.inject({ method: 'GET', url: at.pathname + at.search, headers });
    const refused = (at: string) => expectError(running.app.client().get(at), 403, 'LINK_EXPIRED');

    it('are heard without a key', async () => {
      const answer = await hear(url);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).toMatchObject({
        ...{ 'content-type': 'audio/wav', 'content-length': String(wav.length), 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff' },
        'content-disposition': `inline; filename="recording-${id}.wav"`,
      });
      expect(answer.rawPayload.equals(wav)).toBe(true);
    });

    it.each([
      ['bytes=0-43', 0, 43],
      ['bytes=100-', 100, wav.length - 1],
      ['bytes=-10', wav.length - 10, wav.length - 1],
      ['bytes=44-999999999', 44, wav.length - 1],
    ])('are heard in part: %s', async (range, start, end) => {
      const answer = await hear(url, { range });
      expect(answer.statusCode).toBe(206);
      expect(answer.headers).toMatchObject({ 'content-range': `bytes ${start}-${end}/${wav.length}`, 'content-length': String(end - start + 1), 'content-type': 'audio/wav' });
      expect(answer.rawPayload.equals(wav.subarray(start, end + 1))).toBe(true);
    });

    it('are not heard behind their end', async () => {
      const answer = await hear(url, { range: `bytes=${wav.length}-` });
      expect(answer.statusCode).toBe(416);
      expect(answer.headers).toMatchObject({ 'content-range': `bytes */${wav.length}`, 'content-type': 'application/json; charset=utf-8' });
      expect(answer.json()).toMatchObject({ error: 'RANGE_NOT_SATISFIABLE', details: { size: wav.length } });
    });

    it('are heard as a whole where the range makes no sense', async () => {
      const answer = await hear(url, { range: 'bytes=0-1,4-5' });
      expect(answer.statusCode).toBe(200);
      expect(answer.rawPayload.equals(wav)).toBe(true);
    });

    it('are described to HEAD', async () => {
      const answer = await running.app.nest.inject({ method: 'HEAD', url: url.pathname + url.search });
      expect([answer.statusCode, answer.headers['content-length'], answer.payload]).toEqual([200, String(wav.length), '']);
    });

    it('are heard over a real connection, and the file is let go of by who hangs up', async () => {
      const base = await running.app.listen();
      const answer = await fetch(new URL(url.pathname + url.search, base), { headers: { range: 'bytes=0-3' } });
      expect([answer.status, await answer.text()]).toEqual([206, 'RIFF']);
      const abort = new AbortController();
      await fetch(new URL(url.pathname + url.search, base), { signal: abort.signal });
      abort.abort();
      expect((await hear(url)).statusCode).toBe(200);
    });

    it('are not heard with a link that was changed', async () => {
      const { pathname, searchParams } = url;
      const [expires, signature] = [searchParams.get('expires') ?? '', searchParams.get('signature') ?? ''];
      const other = await aRecording(running.app, tenant, provider);
      await runJobs(running.app);
      await refused(pathname);
      await refused(`${pathname}?expires=${expires}`);
      await refused(`${pathname}?expires=${Number(expires) + 60}&signature=${signature}`);
      await refused(`${pathname}?expires=${expires}&signature=${signature.slice(0, -4)}AAAA`);
      await refused(`${pathname}?expires=${expires}&signature=`);
      await refused(`/recordings/${other.id}/content${url.search}`);
      await refused(`/recordings/999999999/content${url.search}`);
      await expectError(tenant.api.get(pathname), 403, 'LINK_EXPIRED'); // a key does not help
    });

    it('are heard for 15 minutes', async () => {
      const minutesLater = (minutes: number) => jest.spyOn(Date, 'now').mockReturnValue(Date.now() + minutes * 60_000);
      const clock = minutesLater(14);
      expect((await hear(url)).statusCode).toBe(200);
      clock.mockRestore();
      const late = minutesLater(16);
      await refused(url.pathname + url.search);
      late.mockRestore();
    });

    it('are not found once their file is gone', async () => {
      await sql(`UPDATE recordings SET storage_key = 'recordings/0/gone.wav' WHERE id = $1`, [id]);
      await expectError(running.app.client().get(url.pathname + url.search), 404, 'RECORDING_NOT_FOUND');
    });
  });
});
