import { createHmac } from 'node:crypto';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks';
import { type Connection, ConnectionsApi } from '../../src/modules/connections';
import { numberEnding, startCall, useCallCentre } from '../e2e/calls/call-centre';
import { ok } from '../support/answers';
import { countRows, sql } from '../support/database';
import { until } from '../support/until';

const running = useCallCentre({ dialing: false });

const connectionOf = async (provider: 'vapi' | 'twilio'): Promise<Connection> => (await running.app.nest.get(ConnectionsApi).forWebhook(provider)) as Connection;

/** A call that a provider has been asked for, and has not answered yet. */
async function dialing(): Promise<{ callId: number; connection: Connection }> {
  const call = await startCall(running.centre, numberEnding('0100'));
  const connection = await connectionOf('vapi');
  await sql('DELETE FROM call_queue WHERE call_id = $1', [call.id]);
  await sql(`INSERT INTO call_attempts (tenant_id, call_id, connection_id, number, lane, state) VALUES ($1, $2, $3, 1, 'single', 'dialing')`, [
    running.centre.id,
    call.id,
    connection.id,
  ]);
  return { callId: call.id, connection };
}

const statusOf = async (callId: number) => (await sql<{ status: string; disposition: string }>('SELECT status, disposition FROM calls WHERE id = $1', [callId]))[0];

describe('POST /webhooks/vapi', () => {
  const send = async (body: unknown, headers?: Record<string, string>, path = '//webhooks/vapi') => {
    const { webhookSecret } = await connectionOf('vapi');
    return running.app.client().send('POST', path, { body, headers: headers ?? { 'x-vapi-secret': webhookSecret ?? '' } });
  };
  const messageOf = (callId: number, other: object) => ({
    message: { timestamp: 1774539800000, call: { id: `vapi-${callId}`, assistantOverrides: { metadata: { callId, tenantId: Number(running.centre.id), attempt: 1 } } }, ...other },
  });

  it('is stored once, however often it comes, and applied', async () => {
    const { callId, connection } = await dialing();
    const ended = messageOf(callId, { type: 'status-update', status: 'ended', endedReason: 'customer-busy' });
    expect((await send(ended)).status).toBe(200);
    expect((await send({ message: { ...ended.message, timestamp: 1774539800999 } })).body).toEqual({});
    await until(async () => (await statusOf(callId))?.status === 'busy');
    expect(await sql('SELECT connection_id, provider, event_key FROM inbound_webhooks')).toEqual([
      { connection_id: connection.id, provider: 'vapi', event_key: `vapi-${callId} status-update ended` },
    ]);
  });

  it('is applied in any order: what was before the end changes nothing after it', async () => {
    const { callId } = await dialing();
    await send(messageOf(callId, { type: 'end-of-call-report', endedReason: 'customer-ended-call', artifact: { transcript: 'AI: Hola' } }));
    await send(messageOf(callId, { type: 'status-update', status: 'ringing' }));
    await until(async () => (await countRows('inbound_webhooks', 'applied_at IS NOT NULL')) === 2);
    expect(await statusOf(callId)).toEqual({ status: 'completed', disposition: 'answered' });
    expect(await sql('SELECT text FROM transcriptions WHERE call_id = $1', [callId])).toEqual([{ text: 'AI: Hola' }]);
  });

  it('is believed by its HMAC over the raw body', async () => {
    const { webhookSecret } = await connectionOf('vapi');
    const raw = '{ "message": {"type":"hang" } }';
    const timestamp = String(Date.now());
    const signature = createHmac('sha256', webhookSecret ?? '')
      .update(`${timestamp}.${raw}`)
      .digest('hex');
    const answer = await running.app.client().send('POST', '//webhooks/vapi', { raw, headers: { 'x-signature': signature, 'x-timestamp': timestamp } });
    expect(answer.status).toBe(200);
    expect(await countRows('inbound_webhooks')).toBe(1);
  });

  it.each([
    ['without a signature', {}, '//webhooks/vapi'],
    ['with another secret', { 'x-vapi-secret': 'guess' }, '//webhooks/vapi'],
    ['for a connection that is not there', undefined, '//webhooks/vapi/999999'],
    ['for what is no connection', undefined, '//webhooks/vapi/x'],
  ])('is refused %s, and not stored', async (_how, headers, path) => {
    const { callId } = await dialing();
    const answer = await send(messageOf(callId, { type: 'status-update', status: 'ended', endedReason: 'customer-busy' }), headers, path);
    expect(answer).toMatchObject({ status: 401, body: { error: 'UNAUTHORIZED' } });
    expect(await countRows('inbound_webhooks')).toBe(0);
  });

  it("needs a tenant's own secret on the tenant's own url", async () => {
    const own = await ok(running.centre.api.put<{ id: number; webhookUrl: string }>('/connections/vapi', { credentials: { apiKey: 'own' }, webhookSecret: 'own-secret' }));
    const path = `/${new URL(own.webhookUrl).pathname}`;
    expect((await send({ message: { type: 'hang' } }, undefined, path)).status).toBe(401);
    expect((await send({ message: { type: 'hang' } }, { 'x-vapi-secret': 'own-secret' })).status).toBe(401);
    expect((await send({ message: { type: 'hang' } }, { 'x-vapi-secret': 'own-secret' }, path)).status).toBe(200);
    expect(await sql('SELECT connection_id FROM inbound_webhooks')).toEqual([{ connection_id: own.id }]);
  });

  it('answers what is asked', async () => {
    const tool = await send({ message: { type: 'tool-calls', toolCallList: [{ id: 'abc', name: 'sendEmail', parameters: {} }, 7] } });
    expect(tool.body).toEqual({ results: [{ toolCallId: 'abc', error: 'This tool is not available.' }] });
    expect((await send({ message: { type: 'assistant-request' } })).body).toEqual({ error: expect.any(String) });
  });

  it.each([[{}], [[]], [{ message: 'x' }], ['text']])('that is %j is a bad request', async (body) => {
    expect(await send(body)).toMatchObject({ status: 400, body: { error: 'INVALID_REQUEST' } });
  });

  it('may hold anything: it is stored, and harms nothing', async () => {
    const { callId } = await dialing();
    await send(
      messageOf(callId, { type: 'end-of-call-report', endedReason: 5, startedAt: 'x', endedAt: {}, artifact: { transcript: 'a\u0000b\ud800', messages: 'x' }, cost: 'x' }),
    );
    await until(async () => (await countRows('inbound_webhooks', 'applied_at IS NOT NULL')) === 1);
    expect(await statusOf(callId)).toEqual({ status: 'failed', disposition: 'failed' });
  });
});

describe('POST /webhooks/twilio', () => {
  const ROUTES = ['voice', 'status', 'dial', 'recording'];

  const send = async (route: string, form: Record<string, string>, signedFor?: string) => {
    const { webhookUrl, credentials } = await connectionOf('twilio');
    const signature = getExpectedTwilioSignature(credentials.authToken ?? '', signedFor ?? `${webhookUrl}/${route}`, form);
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature };
    return running.app.client().send<string>('POST', `//webhooks/twilio/${route}`, { raw: new URLSearchParams(form).toString(), headers });
  };

  async function bridging(): Promise<number> {
    const { callId } = await dialing();
    const { id } = await connectionOf('twilio');
    await sql('UPDATE call_attempts SET connection_id = $2 WHERE call_id = $1', [callId, id]);
    return callId;
  }

  it('says what to do once the agent has picked up', async () => {
    const answer = await send('voice?callId=12&attempt=1&to=%2B525555550100', { CallSid: 'CA1', To: '+525500000100', From: '+525500000000', CallStatus: 'in-progress' });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' } });
    expect(answer.body).toMatch(/<Dial callerId="\+525500000000" .*callId=12&amp;attempt=1.*>\+525555550100<\/Number><\/Dial>/);
    expect(await countRows('inbound_webhooks')).toBe(0);
  });

  it("takes the customer's leg for the call's result, and frees the line with it", async () => {
    const callId = await bridging();
    const query = `callId=${callId}&attempt=1`;
    await send(`status?${query}`, { CallSid: `CA${callId}`, CallStatus: 'in-progress' });
    await send(`status?${query}`, {
      CallSid: `CB${callId}`,
      ParentCallSid: `CA${callId}`,
      CallStatus: 'completed',
      CallDuration: '7',
      Timestamp: 'Thu, 26 Mar 2026 15:43:50 +0000',
    });
    await send(`status?${query}`, {
      CallSid: `CB${callId}`,
      ParentCallSid: `CA${callId}`,
      CallStatus: 'completed',
      CallDuration: '7',
      Timestamp: 'Thu, 26 Mar 2026 15:43:50 +0000',
    });
    expect((await send(`dial?${query}`, { CallSid: `CA${callId}`, DialCallStatus: 'completed', DialCallDuration: '7' })).body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response/>',
    );
    await send(`recording?${query}`, { CallSid: `CA${callId}`, RecordingSid: 'RE1', RecordingStatus: 'completed', RecordingChannels: '2', RecordingDuration: '7' });
    await until(async () => (await countRows('inbound_webhooks', 'applied_at IS NOT NULL')) === 4);
    expect(await sql('SELECT status, provider_id, duration FROM calls WHERE id = $1', [callId])).toEqual([{ status: 'completed', provider_id: `CA${callId}`, duration: 7 }]);
    expect(await countRows('call_attempts', 'call_id = $1 AND released_at IS NOT NULL', [callId])).toBe(1);
    expect(await sql('SELECT provider_id, dual_channel FROM recordings WHERE call_id = $1', [callId])).toEqual([{ provider_id: 'RE1', dual_channel: true }]);
  });

  it('ends a call whose agent does not answer as no-answer', async () => {
    const callId = await bridging();
    await send(`status?callId=${callId}&attempt=1`, { CallSid: `CA${callId}`, CallStatus: 'busy' });
    await until(async () => (await statusOf(callId))?.status === 'no-answer');
  });

  it.each(ROUTES)('refuses %s where its url or its form was changed, and stores nothing', async (route) => {
    const { webhookUrl } = await connectionOf('twilio');
    const form = { CallSid: 'CA1', CallStatus: 'busy' };
    expect(await send(`${route}?callId=2&attempt=1`, form, `${webhookUrl}/${route}?callId=1&attempt=1`)).toMatchObject({ status: 401, body: { error: 'UNAUTHORIZED' } });
    expect((await send(`${route}?callId=1`, form, `https://elsewhere.example.com/webhooks/twilio/${route}?callId=1`)).status).toBe(401);
    const raw = new URLSearchParams(form).toString();
    const unsigned = await running.app.client().send('POST', `//webhooks/twilio/${route}`, { raw, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(unsigned.status).toBe(401);
    expect(await countRows('inbound_webhooks')).toBe(0);
  });
});
