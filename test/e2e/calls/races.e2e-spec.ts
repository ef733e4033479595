import { randomUUID } from 'node:crypto';
import { ClaimCalls } from '../../../src/modules/calls/claim-calls';
import type { CallDto } from '../../../src/modules/calls/dto/call.dto';
import type { VoiceAgentDto } from '../../../src/modules/calls/dto/voice-agent.dto';
import type { BulkResult } from '../../../src/modules/operations/operations.service';
import { aContact, aPhone } from '../../factories/contacts';
import { aVoiceAgent } from '../../factories/voice-agents';
import { ok } from '../../support/answers';
import type { Answer, ErrorBody } from '../../support/api-client';
import { countRows, sql } from '../../support/database';
import { type CallCentre, useCallCentre } from './call-centre';

jest.setTimeout(120_000);

const ROUNDS = 25;

describe('races of calls', () => {
  const running = useCallCentre({ dialing: false });
  let centre: CallCentre;
  beforeEach(async () => {
    centre = running.centre;
    // The environment's connection is made by whoever asks first, and others wait for that: these are to meet later.
    await ok(centre.api.get('/dialer'));
  });

  const numbers = (count: number) => Array.from({ length: count }, () => ({ to: aPhone() }));
  const start = (calls: object[], more: object = {}, headers?: Record<string, string>) =>
    ok(centre.api.post<BulkResult>('/calls/agent/bulk', { voiceAgentId: centre.voiceAgentId, calls, ...more }, headers));
  const sum = (results: BulkResult[], name: keyof BulkResult['report']['counts']) => results.reduce((n, { report }) => n + report.counts[name], 0);
  const claim = async () => running.app.nest.get(ClaimCalls).execute((await sql<{ id: number }>(`SELECT id FROM connections WHERE provider = 'vapi'`))[0]?.id ?? 0);

  it('two equal bulk requests queue each number once, and the loser names the call that waits', async () => {
    const calls = numbers(2000);
    const results = await Promise.all([start(calls), start(calls)]);
    expect([sum(results, 'successful'), sum(results, 'duplicates'), sum(results, 'errors')]).toEqual([2000, 2000, 0]);
    expect(await countRows('calls')).toBe(2000);
    expect(await sql('SELECT to_number FROM call_queue GROUP BY to_number HAVING count(*) > 1')).toEqual([]);
    const loser = results.find(({ report }) => report.counts.duplicates > 0)?.report;
    const waiting = await sql<{ id: number; to_number: string }>('SELECT id, to_number FROM calls');
    const callOf = new Map(waiting.map(({ id, to_number: number }) => [number, id]));
    for (const { index, itemId, warnings, existingEntities } of loser?.itemsIssues ?? []) {
      const id = callOf.get(calls[index]?.to ?? '');
      expect({ itemId, existingEntities }).toEqual({ itemId: id, existingEntities: { calls: [{ id }] } });
      expect(warnings).toEqual([{ field: 'to', code: 'DUPLICATE_IN_QUEUE', message: expect.any(String), context: { callId: id } }]);
    }
  });

  it.each([
    ['without an Idempotency-Key', () => undefined],
    ['each with an Idempotency-Key of its own', () => ({ 'idempotency-key': randomUUID() })],
  ])('eight bulk requests, %s, queue each number once, in whatever order they have them', async (_, headers) => {
    const calls = numbers(200);
    const results = await Promise.all(Array.from({ length: 8 }, (__, at) => start(at % 2 ? calls.toReversed() : calls, {}, headers())));
    expect([sum(results, 'successful'), sum(results, 'duplicates')]).toEqual([200, 1400]);
    expect(await countRows('call_queue')).toBe(200);
  });

  it('a number that the dialer takes from the queue at that moment is still under way', async () => {
    for (let round = 0; round < 10; round++) {
      const calls = numbers(20);
      await start(calls);
      const [again] = await Promise.all([start(calls), claim()]);
      expect(again.report.counts).toMatchObject({ successful: 0, duplicates: 20 });
      await sql('DELETE FROM calls');
    }
  });

  it('says of a number whether it waits or is being called, and by which call', async () => {
    const [waits, rings] = numbers(2);
    const ringing = await start([rings as object]);
    await claim();
    const waiting = await start([waits as object]);
    const { report } = await start([waits as object, rings as object]);
    const [first] = await sql<{ id: number }>('SELECT call_id AS id FROM call_queue');
    const [second] = await sql<{ id: number }>('SELECT call_id AS id FROM call_attempts');
    expect([ringing, waiting].map((one) => one.report.counts.successful)).toEqual([1, 1]);
    expect(report.itemsIssues.map(({ itemId, warnings, existingEntities }) => [warnings[0]?.code, itemId, existingEntities])).toEqual([
      ['DUPLICATE_IN_QUEUE', first?.id, { calls: [first] }],
      ['CALL_UNDER_WAY', second?.id, { calls: [second] }],
    ]);
    // A dry run waits for nobody and says the same; onDuplicate create calls all the same.
    expect((await start([waits as object, rings as object], { dryRun: true })).report).toEqual(report);
    expect((await start([waits as object, rings as object], { onDuplicate: 'create' })).report.counts).toMatchObject({ successful: 2, duplicates: 0 });
  });

  describe('what a call refers to goes at that moment', () => {
    const begin = (voiceAgentId: number, more: object = {}) => ({ voiceAgentId, to: aPhone(), contextVariables: {}, ...more });
    const statuses = (answers: { status: number; body: unknown }[]) => [...new Set(answers.map(({ status, body }) => `${status} ${status === 200 ? '' : (body as ErrorBody).error}`.trim()))].sort();

    it.each([
      ['', () => undefined],
      [' with an Idempotency-Key', () => ({ 'idempotency-key': randomUUID() })],
    ])('a voice agent: the call is queued, or there is no such agent%s', async (_, headers) => {
      const calls: Answer<unknown>[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const { id } = await aVoiceAgent(centre.api);
        const starts = Array.from({ length: 4 }, () => centre.api.post('/calls/agent', begin(id), headers()));
        const [deleted, ...started] = await Promise.all([ok(centre.api.delete(`/voice-agents/${id}`)), ...starts]);
        expect(deleted).toMatchObject({ id });
        calls.push(...started);
      }
      for (const one of statuses(calls)) expect(['200', '404 VOICE_AGENT_NOT_FOUND']).toContain(one);
      expect(await countRows('call_queue')).toBe(calls.filter(({ status }) => status === 200).length);
    });

    it('a voice agent of a bulk request: all or none are queued', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const { id } = await aVoiceAgent(centre.api);
        const before = await countRows('call_queue');
        const [{ status, body }] = await Promise.all([centre.api.post('/calls/agent/bulk', { voiceAgentId: id, calls: numbers(20) }), ok(centre.api.delete(`/voice-agents/${id}`))]);
        expect(['200', '404 VOICE_AGENT_NOT_FOUND']).toContain(statuses([{ status, body }])[0]);
        expect(await countRows('call_queue')).toBe(before + (status === 200 ? 20 : 0));
      }
    });

    it('the contact who has the number: the call is queued all the same', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const { id, phone } = await aContact(centre.api, { addresses: [{ channelType: 'PHONE', address: aPhone() }] });
        const [call, { report }] = await Promise.all([
          ok(centre.api.post<CallDto>('/calls/agent', begin(centre.voiceAgentId, { to: phone }))),
          start([{ to: phone }], { onDuplicate: 'create' }),
          ok(centre.api.delete(`/contacts/${id}`)),
        ]);
        expect(report.counts).toMatchObject({ successful: 1 });
        expect(await ok(centre.api.get<CallDto>(`/calls/${call.id}`))).toMatchObject({ contactId: null });
      }
    });

    it("the tenant's own connection: the call goes by the environment's, or keeps the connection", async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await ok(centre.api.put('/connections/vapi', { credentials: null }));
        const [call, deleted] = await Promise.all([ok(centre.api.post<CallDto>('/calls/agent', begin(centre.voiceAgentId))), centre.api.delete('/connections/vapi')]);
        expect(['200', '409 CONNECTION_IN_USE']).toContain(statuses([deleted])[0]);
        const [row] = await sql<{ own: boolean }>('SELECT n.tenant_id IS NOT NULL AS own FROM call_queue q JOIN connections n ON n.id = q.connection_id WHERE q.call_id = $1', [call.id]);
        expect(row).toEqual({ own: deleted.status === 409 });
        await sql('DELETE FROM call_queue');
      }
    });
  });

  it('of two who change one voice agent, both are heard', async () => {
    const { id } = await aVoiceAgent(centre.api);
    for (let round = 0; round < ROUNDS; round++) {
      const changes = [{ name: `name ${round}` }, { assistantId: `assistant-${round}` }, { variableDefaults: { round } }];
      await Promise.all(changes.map((change) => ok(centre.api.put(`/voice-agents/${id}`, change))));
      expect(await ok(centre.api.get<VoiceAgentDto>(`/voice-agents/${id}`))).toMatchObject(Object.assign({}, ...changes));
    }
  });
});
