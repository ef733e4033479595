import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DeepgramTranscriber } from '../../src/integrations/deepgram/deepgram-transcriber';
import { aWav } from '../support/audio';
import { useLoopbackServer } from '../support/loopback-server';

const METADATA = { request_id: '6ba2879c-0000-4000-8000-000000000000', created: '2026-04-12T20:33:53.620Z', duration: 4.2, channels: 1, models: [] };

const channel = (transcript: string) => ({
  detected_language: 'es',
  alternatives: [{ transcript, confidence: 0.98, words: [{ word: 'hola', start: 0.1, end: 0.5, confidence: 0.9 }] }],
});

/** As Deepgram's reference shows it. */
const utterance = (start: number, end: number, transcript: string, of: { channel?: number; speaker?: number }) => ({
  id: '00000000-0000-4000-8000-000000000001',
  confidence: 0.9,
  channel: 0,
  words: [],
  start,
  end,
  transcript,
  ...of,
});

describe('Deepgram', () => {
  const server = useLoopbackServer();
  const wav = aWav();

  /** What it was asked while it gave this answer. */
  const answering = (status: number, answer: unknown) => {
    const asked: { url?: URL; method?: string; authorization?: string; contentType?: string; body?: Buffer } = {};
    server.answer((request, response) => {
      void buffer(request).then((body) => {
        Object.assign(asked, { url: new URL(request.url ?? '', server.url), method: request.method, authorization: request.headers.authorization });
        Object.assign(asked, { contentType: request.headers['content-type'], body });
        response.writeHead(status, { 'content-type': 'application/json' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
      });
    });
    return asked;
  };

  const transcribe = (dualChannel: boolean | null = null, language?: string, baseUrl = server.url) =>
    new DeepgramTranscriber(baseUrl, 'the key').transcribe({ stream: Readable.from([wav.subarray(0, 100), wav.subarray(100)]), contentType: 'audio/wav', dualChannel }, language);

  it('is sent the sound, and says who said what', async () => {
    const utterances = [utterance(0.1, 1.2, 'Hola, ¿hablo con Ana?', { speaker: 0 }), utterance(1.5, 2.25, 'Sí.', { speaker: 1 })];
    const asked = answering(200, { metadata: METADATA, results: { channels: [channel('Hola, ¿hablo con Ana? Sí.')], utterances } });
    expect(await transcribe()).toEqual({
      text: 'Hola, ¿hablo con Ana?\nSí.',
      segments: [
        { speaker: 'speaker 1', text: 'Hola, ¿hablo con Ana?', start: 0.1, end: 1.2 },
        { speaker: 'speaker 2', text: 'Sí.', start: 1.5, end: 2.25 },
      ],
      providerId: METADATA.request_id,
      providerName: 'deepgram',
    });
    expect(asked).toMatchObject({ method: 'POST', authorization: 'Token the key', contentType: 'audio/wav' });
    expect(asked.body?.equals(wav)).toBe(true);
    expect(asked.url?.pathname).toBe('/v1/listen');
    expect(Object.fromEntries(asked.url?.searchParams ?? [])).toEqual({ model: 'nova-2', smart_format: 'true', utterances: 'true', diarize: 'true', detect_language: 'true' });
  });

  it('takes each channel for a speaker where both sides have one', async () => {
    const utterances = [utterance(0, 1, 'Buenas.', { channel: 0 }), utterance(3, 4, 'Adiós.', { channel: 0 }), utterance(1.5, 2, 'Hola.', { channel: 1 })];
    const asked = answering(200, { metadata: METADATA, results: { channels: [channel('Buenas. Adiós.'), channel('Hola.')], utterances } });
    const { text, segments } = await transcribe(true, 'es', `${server.url}/`);
    expect(text).toBe('Buenas.\nHola.\nAdiós.');
    expect(segments.map(({ speaker }) => speaker)).toEqual(['speaker 1', 'speaker 2', 'speaker 1']);
    expect(Object.fromEntries(asked.url?.searchParams ?? [])).toEqual({ model: 'nova-2', smart_format: 'true', utterances: 'true', multichannel: 'true', language: 'es' });
  });

  it('may say what was said, and not who', async () => {
    answering(200, { metadata: METADATA, results: { channels: [channel('Hola.')] } });
    expect(await transcribe()).toMatchObject({ text: 'Hola.', segments: [] });
  });

  it('may hear nothing', async () => {
    answering(200, { metadata: METADATA, results: { channels: [channel('')], utterances: [] } });
    expect(await transcribe()).toMatchObject({ text: '', segments: [] });
  });

  it.each([
    [401, { err_code: 'INVALID_AUTH', err_msg: 'Invalid credentials.', request_id: 'x' }, 'Deepgram answered 401: Invalid credentials.'],
    [400, { category: 'INVALID_JSON', message: 'Invalid JSON submitted.' }, 'Deepgram answered 400: Invalid JSON submitted.'],
    [502, '<html>', 'Deepgram answered 502: without a transcript'],
    [200, '{"half', 'Deepgram answered 200: without a transcript'],
  ])('fails with what it says: %i %j', async (status, answer, message) => {
    answering(status, answer);
    await expect(transcribe()).rejects.toThrow(message);
  });
});
