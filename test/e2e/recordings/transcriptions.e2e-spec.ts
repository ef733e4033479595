import type { TranscriptionDto } from '../../../src/modules/recordings';
import { type TestTenant, aContext, aTenant } from '../../factories/tenants';
import { aWav } from '../../support/audio';
import { countRows, sql } from '../../support/database';
import { useLoopbackServer } from '../../support/loopback-server';
import { useTestApp } from '../../support/test-app';
import { aCall, aRecording, answerWith, inTransaction, runJobs } from './studio';

const SEGMENT = { speaker: 'agent', text: 'Hola.', start: 0, end: 1.5 };

describe('transcriptions', () => {
  const provider = useLoopbackServer();
  const deepgram = useLoopbackServer();
  const running = useTestApp({
    DEEPGRAM_API_KEY: 'key',
    get DEEPGRAM_BASE_URL() {
      return deepgram.url;
    },
  });
  let tenant: TestTenant;
  let asked: string[];
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    asked = [];
    provider.answer(answerWith(aWav({ channels: 2 })));
    deepgramSays('Hola.');
  });

  const deepgramSays = (transcript: string, status = 200) =>
    deepgram.answer((request, response) => {
      asked.push(request.url ?? '');
      request.resume().on('end', () => {
        const utterances = transcript ? [{ start: 0.5, end: 1, channel: 0, transcript }] : [];
        response.writeHead(status).end(JSON.stringify({ metadata: { request_id: 'd-1' }, results: { channels: [{ alternatives: [{ transcript }] }], utterances } }));
      });
    });

  const ofCall = (callId: number): Promise<TranscriptionDto> => inTransaction(running.app, (em, api) => api.transcriptionOf(em, aContext(tenant), callId));
  const save = (callId: number, text: string) =>
    inTransaction(running.app, (em, api) =>
      api.saveTranscription(em, Number(tenant.id), { callId, providerName: 'vapi', providerId: 'c-1', text, segments: text ? [SEGMENT] : [] }),
    );

  describe('that the provider of a call sends', () => {
    it('are read by call', async () => {
      const callId = await aCall(tenant);
      await save(callId, 'Hola.');
      expect(await ofCall(callId)).toEqual({
        id: expect.any(Number),
        tenantId: tenant.id,
        callId,
        providerId: 'c-1',
        providerName: 'vapi',
        recordingId: null,
        url: null,
        text: 'Hola.',
        segments: [SEGMENT],
        createdAt: expect.stringMatching(/Z$/),
        updatedAt: expect.stringMatching(/Z$/),
      });
    });

    it('are the first that is not empty, however many come', async () => {
      const callId = await aCall(tenant);
      await save(callId, '');
      const { id } = await ofCall(callId);
      await Promise.all([save(callId, 'first'), save(callId, ''), save(callId, 'first')]);
      await save(callId, 'second');
      expect(await ofCall(callId)).toMatchObject({ id, text: 'first', segments: [SEGMENT] });
      expect(await countRows('transcriptions')).toBe(1);
    });

    it('are none where there is none, nor for another tenant', async () => {
      await expect(ofCall(await aCall(tenant))).rejects.toMatchObject({ code: 'TRANSCRIPTION_NOT_FOUND' });
      const callId = await aCall(tenant);
      await save(callId, 'Hola.');
      const other = await aTenant(running.app);
      await expect(inTransaction(running.app, (em, api) => api.transcriptionOf(em, aContext(other), callId))).rejects.toMatchObject({ code: 'TRANSCRIPTION_NOT_FOUND' });
    });

    it('make another needless', async () => {
      const { callId } = await aRecording(running.app, tenant, provider);
      await save(callId, 'From the provider.');
      expect(await runJobs(running.app)).toEqual(['recording.fetch']);
      expect(asked).toEqual([]);
      expect(await ofCall(callId)).toMatchObject({ text: 'From the provider.', providerName: 'vapi' });
    });
  });

  describe('of recordings that come without', () => {
    it('are made once the recording is there', async () => {
      const { id, callId } = await aRecording(running.app, tenant, provider);
      expect(await runJobs(running.app)).toEqual(['recording.fetch', 'recording.transcribe']);
      expect(asked).toEqual([expect.stringMatching(/^\/v1\/listen\?.*multichannel=true/)]);
      expect(await ofCall(callId)).toMatchObject({
        ...{ recordingId: id, providerName: 'deepgram', providerId: 'd-1', text: 'Hola.' },
        segments: [{ speaker: 'speaker 1', text: 'Hola.', start: 0.5, end: 1 }],
      });
    });

    it('are made once, also where the job runs twice, and without a call', async () => {
      const { id, callId } = await aRecording(running.app, tenant, provider);
      await sql('DELETE FROM calls WHERE id = $1', [callId]);
      await runJobs(running.app);
      await sql(`INSERT INTO outbox (tenant_id, type, payload) SELECT $1::int, 'recording.transcribe', jsonb_build_object('id', $2::bigint) FROM generate_series(1, 2)`, [
        tenant.id,
        id,
      ]);
      await runJobs(running.app);
      expect(asked).toHaveLength(1);
      expect(await sql('SELECT call_id, recording_id, text FROM transcriptions')).toEqual([{ call_id: null, recording_id: id, text: 'Hola.' }]);
    });

    it('are not made where the provider sends one meanwhile', async () => {
      const { callId } = await aRecording(running.app, tenant, provider);
      deepgram.answer((_, response) => {
        void save(callId, 'From the provider.').then(() =>
          response.writeHead(200).end(JSON.stringify({ results: { channels: [{ alternatives: [{ transcript: 'Too late.' }] }] } })),
        );
      });
      await runJobs(running.app);
      expect(await ofCall(callId)).toMatchObject({ text: 'From the provider.', providerName: 'vapi' });
    });

    it('are tried again where that failed', async () => {
      const { callId } = await aRecording(running.app, tenant, provider);
      deepgramSays('Hola.', 503);
      await expect(runJobs(running.app)).rejects.toThrow('Deepgram answered 503');
      await expect(ofCall(callId)).rejects.toMatchObject({ code: 'TRANSCRIPTION_NOT_FOUND' });
      deepgramSays('Hola.');
      await runJobs(running.app, 2);
      expect(await ofCall(callId)).toMatchObject({ text: 'Hola.' });
    });
  });
});
