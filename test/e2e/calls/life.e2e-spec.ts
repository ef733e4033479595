import { ok } from '../../support/answers';
import { sql } from '../../support/database';
import { until } from '../../support/until';
import { aContact } from '../../factories/contacts';
import { ended, numberEnding, startCall, useCallCentre } from './call-centre';

/** The life of a call by its number's magic ending, from the request to what it leaves behind. */
describe('the life of a call', () => {
  const running = useCallCentre();

  // Calls of which nobody hears are polled each half minute: too long for a test.
  let polling: NodeJS.Timeout;
  beforeAll(() => {
    polling = setInterval(() => void sql(`UPDATE call_attempts SET check_at = now() WHERE state = 'live' AND accepted_at < now() - interval '1 second'`), 300);
  });
  afterAll(() => clearInterval(polling));

  it.each([
    ['0001', 'busy', 'busy'],
    ['0002', 'no-answer', 'no-answer'],
    ['0003', 'voicemail', 'voicemail'],
    ['0004', 'failed', 'provider-error'],
    ['0005', 'completed', 'answered'],
    ['0008', 'completed', 'answered'],
    ['0009', 'failed', 'refused'],
    ['0010', 'failed', 'invalid-number'],
    ['0011', 'completed', 'answered'],
    ['0012', 'failed', 'provider-error'],
    ['0013', 'completed', 'answered'],
    ['0014', 'failed', 'failed'],
    ['0015', 'completed', 'answered'],
    ['0017', 'completed', 'answered'],
    ['0018', 'completed', 'answered'],
    ['7777', 'completed', 'answered'],
  ])('of a number ending in %s ends %s, as %s', async (ending, status, disposition) => {
    const { centre } = running;
    const call = await startCall(centre, numberEnding(ending));
    expect(await ended(centre, call.id, 15)).toMatchObject({ status, disposition });
    await until(async () => (await sql('SELECT 1 FROM call_attempts WHERE released_at IS NULL')).length === 0);
  });

  it('leaves a recording, a transcription and an entry in the log behind', async () => {
    const { app, centre } = running;
    const to = numberEnding('7777');
    const contact = await aContact(centre.api, { addresses: [{ channelType: 'PHONE', address: to }] });
    const call = await startCall(centre, to, { contextVariables: { client_name: 'Ana' } });
    const done = await ended(centre, call.id);
    expect(done.duration).toBeGreaterThan(0);
    expect(done.metadata).toMatchObject({ provider: { name: 'vapi', status: 'ended', reason: expect.stringMatching(/ended-call/) } });

    const transcription = await until(async () => {
      const answer = await centre.api.get<{ text: string; segments: { speaker: string }[] }>(`/calls/${call.id}/transcription`);
      return answer.status === 200 && answer.body;
    });
    expect(transcription.text).toMatch(/\S/);
    expect(transcription.segments.length).toBeGreaterThan(1);
    const recording = await until(async () => {
      const answer = await centre.api.get<{ id: number; url: string; callId: number }>(`/calls/${call.id}/recording`);
      return answer.status === 200 && answer.body;
    });
    expect(recording.callId).toBe(call.id);
    const audio = await fetch(recording.url);
    expect([audio.status, audio.headers.get('content-type')]).toEqual([200, 'audio/wav']);
    expect(Buffer.from(await audio.arrayBuffer()).subarray(0, 4).toString()).toBe('RIFF');
    expect(new URL(recording.url).host).toBe((await app.listen()).host);

    const { items } = await ok(centre.api.get<{ items: Record<string, unknown>[] }>(`/contacts/${contact.id}/activity`));
    expect(items).toEqual([expect.objectContaining({ communicationType: 'VapiCall', source: 'api', status: 'ACCEPTED', callId: call.id, contactId: contact.id })]);
    expect(items[0]?.request).toMatchObject({ method: 'POST', body: { assistantId: 'assistant-1', assistantOverrides: { variableValues: { company: 'ACME', client_name: 'Ana' } }, customer: { number: to, externalId: String(call.id) } } });
    expect(items[0]?.response).toMatchObject({ status: 201, status_text: 'Created', body: { subscriptionLimits: { concurrencyBlocked: false, concurrencyLimit: 10 }, status: 'queued' } });
    const [attempt] = await sql<{ provider_id: string }>('SELECT provider_id FROM call_attempts');
    expect(done.providerId).toBe(attempt?.provider_id);
  });

  it('goes on without webhooks: the end is found by asking', async () => {
    const { centre } = running;
    const call = await startCall(centre, numberEnding('0007'));
    expect(await ended(centre, call.id)).toMatchObject({ status: 'completed', disposition: 'answered' });
    await until(async () => (await centre.api.get(`/calls/${call.id}/transcription`)).status === 200);
  });

  it('of a bridge is that of its second leg', async () => {
    const { centre } = running;
    const bridge = async (from: string, to: string) => ended(centre, (await ok(centre.api.post<{ id: number }>('/calls/bridge', { from, to }))).id, 15);
    expect(await bridge(numberEnding('7777'), numberEnding('7777'))).toMatchObject({ status: 'completed', disposition: 'answered' });
    expect(await bridge(numberEnding('7777'), numberEnding('0001'))).toMatchObject({ status: 'busy', disposition: 'busy' });
    expect(await bridge(numberEnding('0002'), numberEnding('7777'))).toMatchObject({ status: 'no-answer', disposition: 'no-answer' });
  });

  it('of a call by Elemente is polled to its end', async () => {
    const { centre } = running;
    const agent = await ok(centre.api.post<{ id: number }>('/voice-agents', { name: 'E', provider: 'elemente', assistantId: '123e4567-e89b-12d3-a456-426614174000', skillId: '123e4567-e89b-12d3-a456-426614174001', channel: 'call' }));
    const call = await ok(centre.api.post<{ id: number }>('/calls/agent', { voiceAgentId: agent.id, to: numberEnding('7777'), contextVariables: { name: 'Ana' } }));
    expect(await ended(centre, call.id)).toMatchObject({ status: 'completed', disposition: 'answered', providerName: 'elemente' });
  });
});
