import type { CallDto } from '../../../src/modules/calls/dto/call.dto';
import { aContact, aPhone } from '../../factories/contacts';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import type { ApiClient } from '../../support/api-client';
import { countRows, sql } from '../../support/database';
import { numberEnding, startCall, useCallCentre } from './call-centre';

describe('starting calls', () => {
  const running = useCallCentre({ dialing: false });

  it('queues a call by a voice agent, with its variables, and answers at once', async () => {
    const { centre } = running;
    const to = aPhone();
    const contact = await aContact(centre.api, { addresses: [{ channelType: 'PHONE', address: to }] });
    const call = await startCall(centre, ` ${to.slice(0, 5)} ${to.slice(5)} `, { contextVariables: { customerFirstName: 'Pedro' }, customData: { customKey: 'customValue' } });
    expect(call).toMatchObject({ status: 'queued', direction: 'outgoing', from: '+525555550199', to, contactId: contact.id, providerName: 'vapi', providerId: null, customData: { customKey: 'customValue' }, lastUpdateSequence: 1 });
    const [row] = await sql('SELECT work, q.lane FROM calls JOIN call_queue q ON q.call_id = id WHERE id = $1', [call.id]);
    expect(row).toEqual({ lane: 'single', work: { kind: 'voice-agent', assistantId: 'assistant-1', assistant: null, skillId: null, channel: 'call', variables: { company: 'ACME', customerFirstName: 'Pedro' } } });
    expect((await ok(centre.api.get<CallDto>(`/calls/${call.id}`)))).toEqual(call);
  });

  it("takes the documents' own sample number, in the sandbox", async () => {
    expect((await startCall(running.centre, '+1234567890')).to).toBe('+1234567890');
    const bridge = await ok(running.centre.api.post<CallDto>('/calls/bridge', { from: '+525512345678', to: '+1234567890', callCustomData: { customKey: 'customValue' } }));
    expect(bridge).toMatchObject({ to: '+1234567890', status: 'queued', providerName: 'twilio', customData: { customKey: 'customValue' } });
  });

  it('describes an agent in the request, and makes the contact', async () => {
    const { centre } = running;
    const body = { toPhoneNumber: aPhone(), objectives: ['Confirm'], localization: 'CL', contactInfo: { firstName: 'Ana', company: 'ACME', additionalInfo: { plan: 'gold' } }, customData: { order: 1 }, silenceTimeoutSeconds: 30, maxDurationSeconds: 120 };
    const call = await ok(centre.api.post<CallDto>('/agent-calls', body));
    const [row] = await sql<{ work: Record<string, unknown> }>('SELECT work FROM calls WHERE id = $1', [call.id]);
    expect(row?.work).toMatchObject({ kind: 'agent', language: 'es-CL', maxDurationSeconds: 120, variables: { firstName: 'Ana', company: 'ACME', plan: 'gold', order: 1 } });
    expect(row?.work.systemPrompt).toContain('- Confirm');
    const contact = await ok(centre.api.get<{ firstName: string; phone: string; customFields: object }>(`/contacts/${call.contactId}`));
    expect(contact).toMatchObject({ firstName: 'Ana', phone: body.toPhoneNumber, customFields: { company: 'ACME', plan: 'gold' } });
    // Called again, nobody is made twice, and nothing that is known is overwritten.
    const again = await ok(centre.api.post<CallDto>('/agent-calls', { ...body, contactInfo: { firstName: 'Eva' } }));
    expect(again.contactId).toBe(call.contactId);
    expect(await sql('SELECT first_name FROM contacts')).toEqual([{ first_name: 'Ana' }]);
  });

  describe('a bridge without from', () => {
    const rung = async (api: ApiClient, more: Record<string, unknown> = {}) => {
      const call = await ok(api.post<CallDto>('/calls/bridge', { to: aPhone(), ...more }));
      const [row] = await sql<{ work: { agentNumber: string } }>('SELECT work FROM calls WHERE id = $1', [call.id]);
      return row?.work.agentNumber;
    };
    const aUsersClient = async (phoneNumber: string | null) => {
      const user = await aUser(running.centre.api, { phoneNumber });
      const { key } = await ok(running.centre.api.post<{ key: string }>('/api-keys', { name: 'agent', userId: user.id }));
      return running.app.client(key);
    };

    it("rings the phone of the key's user, else the tenant's, else the sandbox's", async () => {
      const { api } = running.centre;
      const [withPhone, without] = [await aUsersClient('+525587654321'), await aUsersClient(null)];
      for (const client of [api, without]) expect(await rung(client)).toBe('+525555550198');
      await ok(api.put('/settings', { agentPhone: '55 1111 2222' }));
      for (const client of [api, without]) expect(await rung(client)).toBe('+525511112222');
      expect(await rung(withPhone)).toBe('+525587654321');
      expect(await rung(withPhone, { from: '+525533334444' })).toBe('+525533334444');
    });

    it('at a real account rings nobody whom nobody has named, and calls from no number but ours', async () => {
      const { api } = running.centre;
      await ok(api.put('/connections/twilio', { credentials: { accountSid: 'AC1', authToken: 'x' } }));
      await expectError(api.post('/calls/bridge', { to: aPhone() }), 422, 'NO_CALLER_NUMBER');
      await ok(api.put('/settings', { agentPhone: '+525511112222' }));
      expect(await rung(api)).toBe('+525511112222');
      await sql('DELETE FROM phone_numbers');
      await expectError(api.post('/calls/bridge', { to: aPhone() }), 422, 'NO_CALLER_NUMBER');
    });

    it('keeps the custom data as they were sent', async () => {
      const customData = async (more: Record<string, unknown>) => (await ok(running.centre.api.post<CallDto>('/calls/bridge', { to: aPhone(), ...more }))).customData;
      const [a, b] = [{ customKey: 'customValue' }, { sid: 1 }];
      expect(await customData({ callCustomData: a })).toEqual(a);
      expect(await customData({ callCustomData: a, providerData: {} })).toEqual(a);
      expect(await customData({ callCustomData: a, providerData: null })).toEqual(a);
      expect(await customData({ callCustomData: a, providerData: b })).toEqual({ ...a, providerData: b });
      expect(await customData({ providerData: b })).toEqual(b);
      expect(await customData({ providerData: {} })).toBeNull();
      expect(await customData({})).toBeNull();
    });
  });

  it('says what is wrong with a request, all of it, and queues nothing', async () => {
    const { api, voiceAgentId } = running.centre;
    await expectFaults(api.post('/calls/agent', { voiceAgentId, to: '555', contextVariables: {} }), { to: 'INVALID_PHONE' });
    await expectFaults(api.post('/calls/agent', {}), { voiceAgentId: 'REQUIRED_FIELD', to: 'REQUIRED_FIELD', contextVariables: 'REQUIRED_FIELD' });
    await expectFaults(api.post('/calls/bridge', { from: 'x', to: 'y' }), { from: 'INVALID_PHONE', to: 'INVALID_PHONE' });
    await expectFaults(api.post('/agent-calls', { toPhoneNumber: aPhone(), objectives: [], maxDurationSeconds: 5, localization: 'XX', personality: { communicationStyle: 'rude' } }), {
      objectives: 'INVALID_VALUE',
      maxDurationSeconds: 'INVALID_VALUE',
      localization: 'INVALID_VALUE',
      'personality.communicationStyle': 'INVALID_VALUE',
    });
    await expectError(api.post('/calls/agent', { voiceAgentId: 1e9, to: aPhone(), contextVariables: {} }), 404, 'VOICE_AGENT_NOT_FOUND');
    await expectError(api.post('/agent-calls', { toPhoneNumber: aPhone(), fromPhoneNumber: '+525500000000', objectives: ['x'] }), 422, 'NO_CALLER_NUMBER');
    await expectError(api.post('/agent-calls', { toPhoneNumber: aPhone(), objectives: ['x'], userId: 1e9 }), 404, 'USER_NOT_FOUND');
    expect(await countRows('calls')).toBe(0);
  });

  it('refuses who must not be called', async () => {
    const { centre } = running;
    const number = aPhone();
    await ok(centre.api.post('/do-not-call', { number, reason: 'asked' }));
    await expectError(centre.api.post('/calls/agent', { voiceAgentId: centre.voiceAgentId, to: number, contextVariables: {} }), 422, 'CALL_NOT_ALLOWED');
    await expectError(centre.api.post('/calls/bridge', { from: '+525512345678', to: number }), 422, 'CALL_NOT_ALLOWED');
    await expectError(centre.api.post('/agent-calls', { toPhoneNumber: number, objectives: ['x'] }), 422, 'CALL_NOT_ALLOWED');
    expect(await countRows('call_queue')).toBe(0);
  });

  it('has no number to call from until one is there', async () => {
    const { centre } = running;
    await sql('DELETE FROM phone_numbers');
    await expectError(centre.api.post('/calls/agent', { voiceAgentId: centre.voiceAgentId, to: aPhone(), contextVariables: {} }), 422, 'NO_CALLER_NUMBER');
    // A bridge in the sandbox calls from one of the sandbox's.
    expect((await ok(centre.api.post<CallDto>('/calls/bridge', { from: '+525512345678', to: aPhone() }))).from).toBe('+525555550199');
  });

  it('queues many at once, with a report exact to the item, and twice is harmless', async () => {
    const { centre } = running;
    const listed = numberEnding('9999');
    await ok(centre.api.post('/do-not-call', { number: listed }));
    const good = Array.from({ length: 5 }, () => ({ to: aPhone(), clientRef: 'row' }));
    const body = { voiceAgentId: centre.voiceAgentId, calls: [...good, { to: good[0]?.to }, { to: 'x' }, { to: listed }, 7, {}] };
    type Bulk = { report: { counts: object; itemsIssues: { index: number; errors: { code: string }[]; warnings: { code: string }[] }[] }; operationId: string };
    const dry = await ok(centre.api.post<Bulk>('/calls/agent/bulk', { ...body, dryRun: true }));
    expect(await countRows('calls')).toBe(0);
    const { report, operationId } = await ok(centre.api.post<Bulk>('/calls/agent/bulk', body));
    expect(report.counts).toEqual({ successful: 5, warnings: 1, duplicates: 1, errors: 4, total: 10 });
    expect(dry.report.counts).toEqual(report.counts);
    const codes = report.itemsIssues.map(({ index, errors, warnings }) => [index, ...errors.map(({ code }) => code), ...warnings.map(({ code }) => code)]);
    expect(codes).toEqual([[5, 'DUPLICATE_IN_BATCH'], [6, 'INVALID_PHONE'], [7, 'CALL_NOT_ALLOWED'], [8, 'INVALID_TYPE'], [9, 'REQUIRED_FIELD']]);
    expect(await sql('SELECT to_number, lane FROM call_queue ORDER BY call_id')).toEqual(good.map(({ to }) => ({ to_number: to, lane: 'bulk' })));
    expect((await ok(centre.api.get<{ report: object }>(`/operations/${operationId}`))).report).toEqual(report);

    const again = await ok(centre.api.post<Bulk>('/calls/agent/bulk', { ...body, calls: good }));
    expect(again.report.counts).toMatchObject({ successful: 0, duplicates: 5 });
    expect(await countRows('calls')).toBe(5);
    await expectError(centre.api.post('/calls/agent/bulk', { voiceAgentId: centre.voiceAgentId, calls: [] }), 400, 'INVALID_BATCH');
  });

  it('does the same request with an Idempotency-Key once', async () => {
    const { centre } = running;
    const body = { voiceAgentId: centre.voiceAgentId, to: aPhone(), contextVariables: {} };
    const answers = await Promise.all(Array.from({ length: 5 }, () => centre.api.post<CallDto>('/calls/agent', body, { 'idempotency-key': 'k' })));
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(await countRows('call_queue')).toBe(1);
  });

  it('records a call that took place elsewhere, of whoever has the number', async () => {
    const { centre } = running;
    const from = aPhone();
    const contact = await aContact(centre.api, { addresses: [{ channelType: 'PHONE', address: from }] });
    const body = { status: 'anything at all', userId: null, metadata: { a: [1] }, from, to: '+525555550199', duration: 12.5, direction: 'inbound', startTime: '2026-01-02T03:04:05Z', providerName: 'pbx', providerId: '7', customData: 'text' };
    const call = await ok(centre.api.post<CallDto>('/calls', body));
    expect(call).toMatchObject({ ...body, direction: 'incoming', startTime: '2026-01-02T03:04:05.000Z', contactId: contact.id });
    expect(await countRows('call_queue')).toBe(0);
    await expectError(centre.api.post(`/calls/${call.id}/cancel`), 409, 'CALL_NOT_DIALED_HERE');
    await expectError(centre.api.post('/calls', { ...body, userId: 1e9 }), 404, 'USER_NOT_FOUND');
    await expectError(centre.api.post('/calls', { ...body, funnelConversationId: 1e9 }), 404, 'CONVERSATION_NOT_FOUND');
    await expectError(centre.api.post('/calls', { ...body, sessionId: 1e9 }), 404, 'CHANNEL_SESSION_NOT_FOUND');
    await expectFaults(centre.api.post('/calls', { ...body, direction: 'up', startTime: '2026-02-30', duration: -1, status: 'x'.repeat(65) }), {
      direction: 'INVALID_VALUE',
      startTime: 'INVALID_DATE',
      duration: 'INVALID_VALUE',
      status: 'VALUE_TOO_LONG',
    });
  });

  it('lists calls by status, number, contact and time', async () => {
    const { centre } = running;
    const first = await startCall(centre, aPhone());
    const old = await ok(centre.api.post<CallDto>('/calls', { status: 'done', userId: null, metadata: null, from: 'a', to: 'b', duration: null, direction: 'incoming', startTime: '2020-01-01T00:00:00Z' }));
    const ids = async (query: Record<string, string>) => (await ok(centre.api.get<{ items: CallDto[] }>('/calls', query))).items.map(({ id }) => id);
    expect(await ids({})).toEqual([old.id, first.id]);
    expect(await ids({ filterBy: 'status:queued' })).toEqual([first.id]);
    expect(await ids({ filterBy: 'direction:incoming' })).toEqual([old.id]);
    expect(await ids({ filterBy: `to:${first.to}` })).toEqual([first.id]);
    expect(await ids({ startTimeFrom: '2026-01-01' })).toEqual([first.id]);
    expect(await ids({ startTimeTo: '2026-01-01' })).toEqual([old.id]);
    await expectFaults(centre.api.get('/calls', { filterBy: 'color:red' }), { filterBy: 'UNKNOWN_FIELD' });
    await expectError(centre.api.get('/calls/999999'), 404, 'CALL_NOT_FOUND');
  });

  it('cancels a call that waits, once', async () => {
    const { centre } = running;
    const call = await startCall(centre, aPhone());
    expect(await ok(centre.api.post<CallDto>(`/calls/${call.id}/cancel`))).toMatchObject({ status: 'canceled', disposition: 'canceled', lastUpdateSequence: 2 });
    expect(await countRows('call_queue')).toBe(0);
    await expectError(centre.api.post(`/calls/${call.id}/cancel`), 409, 'CALL_ENDED');
    await expectError(centre.api.post('/calls/999999/cancel'), 404, 'CALL_NOT_FOUND');
  });
});
