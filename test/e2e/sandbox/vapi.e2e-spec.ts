import { KNOWN_PROPERTIES } from '../../../src/sandbox/vapi/order-rules';
import { describeWithSpecification, specificationOf, validatorOf } from '../../integrations/specifications';
import { until } from '../../support/until';
import { Stage } from './stage';

describe("The sandbox's Vapi", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.close());

  const order = (number: string, server: Record<string, unknown> = {}) => ({
    assistantId: '2bec425c-2d0b-4368-bf4d-3f0ff5f25d01',
    phoneNumberId: '3701f662-ed3e-440e-9a34-9c3eda663145',
    customer: { number, name: 'Ana', externalId: '7' },
    assistantOverrides: {
      variableValues: { client_name: 'Ana' },
      firstMessage: 'Hola {{client_name}}',
      server: { url: `${stage.listenerUrl}/webhooks/vapi`, headers: { 'X-Vapi-Secret': 's3cret' }, ...server },
    },
  });
  const dial = (number: string, server?: Record<string, unknown>) => stage.vapi('POST', '/call', order(number, server));
  const ended = (id: string) =>
    until(async () => {
      const { body } = await stage.vapi('GET', `/call/${id}`);
      return body.status === 'ended' && body.artifact ? body : undefined;
    });
  const messages = () => stage.heard.map(({ body }) => body.message as Record<string, unknown>);
  const told = () => messages().map(({ type, status }) => status ?? type);

  it('answers as seed 000 shows', async () => {
    const { status, body } = await dial('+525555550100');
    expect(status).toBe(201);
    expect(body).toEqual({
      subscriptionLimits: { concurrencyBlocked: false, concurrencyLimit: 10, remainingConcurrentCalls: 9 },
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      assistantId: '2bec425c-2d0b-4368-bf4d-3f0ff5f25d01',
      phoneNumberId: '3701f662-ed3e-440e-9a34-9c3eda663145',
      type: 'outboundPhoneCall',
      createdAt: expect.any(String),
      updatedAt: body.createdAt,
      orgId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      cost: 0,
      customer: { name: 'Ana', number: '+525555550100', externalId: '7' },
      status: 'queued',
      phoneCallProvider: 'twilio',
      assistantOverrides: expect.objectContaining({ variableValues: { client_name: 'Ana' } }),
      monitor: { listenUrl: expect.stringMatching(/^ws:.*\/listen$/), controlUrl: expect.stringMatching(/^http:.*\/control$/) },
      transport: { conversationType: 'voice', provider: 'twilio', accountSid: expect.stringMatching(/^AC[0-9a-f]{32}$/) },
    });
  });

  it('tells the whole life of an answered call, with its report, transcript and recording', async () => {
    const { body: call } = await dial('+525555550100');
    await until(async () => stage.heard.length === 4);
    expect(told()).toEqual(['ringing', 'in-progress', 'ended', 'end-of-call-report']);
    expect(stage.heard.every(({ headers }) => headers['x-vapi-secret'] === 's3cret')).toBe(true);
    expect(messages().map((message) => (message.call as { status: string }).status)).toEqual(['ringing', 'in-progress', 'ended', 'ended']);
    const report = messages()[3];
    expect(report).toMatchObject({
      endedReason: 'customer-ended-call',
      startedAt: expect.any(String),
      endedAt: expect.any(String),
      cost: expect.any(Number),
      customer: { externalId: '7' },
    });
    expect(report?.artifact).toMatchObject({ transcript: expect.stringMatching(/^AI: Hola Ana\nUser: /), recordingUrl: expect.any(String) });

    const seen = await ended(call.id);
    expect(seen).toMatchObject({ id: call.id, endedReason: 'customer-ended-call', phoneCallProviderId: expect.stringMatching(/^CA/), analysis: { summary: expect.any(String) } });
    const redirect = await stage.vapi('GET', `/call/${call.id}/stereo-recording`);
    expect(redirect.status).toBe(302);
    const wav = await stage.send('GET', redirect.headers.get('location') ?? '');
    expect(wav.headers.get('content-type')).toBe('audio/wav');
    expect(wav.bytes.subarray(0, 4).toString()).toBe('RIFF');
    expect(wav.bytes.readUInt16LE(22)).toBe(2);
    expect((wav.bytes.length - 44) / 4 / 8000).toBeCloseTo(3, 1);
    expect((await stage.send('GET', seen.artifact?.recordingUrl ?? '')).status).toBe(403);
  });

  it.each([
    ['+525555550001', 'customer-busy'],
    ['+525555550002', 'customer-did-not-answer'],
    ['+525555550003', 'voicemail'],
    ['+525555550004', 'call.in-progress.error-providerfault-outbound-sip-503-service-unavailable'],
    ['+525555550010', 'twilio-reported-customer-misdialed'],
    ['+525555550014', 'sandbox-reason-that-nobody-knows'],
    ['+1234567890', 'customer-ended-call'],
  ])('ends %s with %s', async (number, reason) => {
    const { body } = await dial(number);
    await until(async () => told().includes('end-of-call-report'));
    expect(messages().find(({ status }) => status === 'ended')?.endedReason).toBe(reason);
    expect((await ended(body.id)).endedReason).toBe(reason);
  });

  it('lasts as many seconds as the number says', async () => {
    const { body } = await dial('+525555550205');
    const { startedAt, endedAt } = await ended(body.id);
    expect(Date.parse(endedAt) - Date.parse(startedAt)).toBeGreaterThanOrEqual(98);
    expect(Date.parse(endedAt) - Date.parse(startedAt)).toBeLessThanOrEqual(102);
  });

  it('has no more lines than it says, and frees one with every end', async () => {
    const dialed = await Promise.all(Array.from({ length: 11 }, () => dial('+525555550210')));
    const refused = dialed.filter(({ status }) => status === 400);
    expect(refused.map(({ body }) => body)).toEqual([
      {
        statusCode: 400,
        message: 'Over Concurrency Limit.',
        error: 'Bad Request',
        subscriptionLimits: { concurrencyBlocked: true, concurrencyLimit: 10, remainingConcurrentCalls: -1 },
      },
    ]);
    const first = dialed.find(({ status }) => status === 201);
    await ended(first?.body.id ?? '');
    expect((await dial('+525555550100')).status).toBe(201);
  });

  it('meets a request as its number asks', async () => {
    expect((await dial('+525555550005')).body.message).toBe('Over Concurrency Limit.');
    expect((await dial('+525555550005')).status).toBe(201);
    expect(await dial('+525555550009')).toMatchObject({ status: 400, body: { statusCode: 400, message: [expect.any(String)], error: 'Bad Request' } });
    const slowDown = await dial('+525555550013');
    expect([slowDown.status, slowDown.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await dial('+525555550013')).status).toBe(201);
    expect((await dial('+525555550016')).status).toBe(402);
    expect((await dial('+525555550012')).status).toBe(500);
    expect((await dial('+525555550011')).status).toBe(500);
    await expect(dial('+525555550015')).rejects.toThrow();
    const numbers = async () => (await stage.vapi('GET', '/call')).list.map(({ customer }) => customer.number.slice(-4));
    expect(await until(async () => ((await numbers()).length === 4 ? numbers() : undefined))).toEqual(['0015', '0011', '0013', '0005']);
    expect(stage.heard.every(({ body }) => !JSON.stringify(body).includes('+525555550015'))).toBe(true);
  });

  it('makes a slow call at once, and closes without waiting for its answer', async () => {
    const answer = dial('+525555550006');
    await until(async () => told().includes('end-of-call-report'));
    await stage.close();
    expect((await answer).status).toBe(201);
  });

  it('loses, repeats and disorders webhooks, and sends the first before the answer', async () => {
    const { body: lost } = await dial('+525555550007');
    await ended(lost.id);
    expect(told()).toEqual([]);

    await dial('+525555550008');
    await until(async () => stage.heard.length === 8);
    expect(told().filter((_, at) => at === 0 || at === 7)).toEqual(['end-of-call-report', 'ringing']);
    stage.heard.length = 0;

    const { body: unreported } = await dial('+525555550017');
    await ended(unreported.id);
    await until(async () => told().includes('ended'));
    expect(told()).not.toContain('end-of-call-report');
    stage.heard.length = 0;

    await dial('+525555550018');
    expect(told()[0]).toBe('ringing');
  });

  it('ends by its control url', async () => {
    const { body } = await dial('+525555550260');
    expect((await stage.send('POST', body.monitor.controlUrl, {}, { type: 'end-call' })).status).toBe(200);
    await until(async () => told().includes('end-of-call-report'));
    expect((await ended(body.id)).endedReason).toBe('manually-canceled');
    expect((await stage.send('POST', body.monitor.controlUrl.replace(/.{32}\/control/, `${'0'.repeat(32)}/control`), {}, { type: 'end-call' })).status).toBe(404);
  });

  it('lists newest first, by number, assistant and time', async () => {
    const { body: one } = await dial('+525555550100');
    const { body: other } = await stage.vapi('POST', '/call/phone', { ...order('+525555550101'), phoneNumberId: 'other' });
    const ids = async (query: string) => (await stage.vapi('GET', `/call?${query}`)).list.map(({ id }) => id);
    expect(await ids('')).toEqual([other.id, one.id]);
    expect(await ids('limit=1')).toEqual([other.id]);
    expect(await ids('phoneNumberId=other')).toEqual([other.id]);
    expect(await ids(`createdAtGe=${one.createdAt}&id=${one.id}`)).toEqual([one.id]);
    expect(await ids(`createdAtLt=${one.createdAt}`)).toEqual([]);
    expect((await stage.vapi('GET', '/call?createdAtGt=soon')).status).toBe(400);
    expect((await stage.vapi('GET', '/call/nobody')).body).toMatchObject({ statusCode: 404, error: 'Not Found' });
    expect((await stage.vapi('GET', '/elsewhere')).body).toMatchObject({ statusCode: 404, error: 'Not Found' });
  });

  it('lets nobody in without the key', async () => {
    expect(await stage.vapi('POST', '/call', order('+525555550100'), 'wrong')).toMatchObject({ status: 401, body: { statusCode: 401, error: 'Unauthorized' } });
    expect((await stage.vapi('GET', '/call', undefined, 'wrong')).status).toBe(401);
  });

  it('refuses what Vapi refuses', async () => {
    const faults = async (change: Record<string, unknown>) => (await stage.vapi('POST', '/call', { ...order('+525555550100'), ...change })).body.message;
    expect(await faults({ metadata: {} })).toEqual(['property metadata should not exist']);
    expect(await faults({ assistant: { serverUrl: 'x', silenceTimeoutSeconds: 30 } })).toEqual([
      'assistant.property serverUrl should not exist',
      'assistant.property silenceTimeoutSeconds should not exist',
    ]);
    expect(await faults({ assistantOverrides: { maxDurationSeconds: 5 } })).toEqual(['assistantOverrides.maxDurationSeconds must not be less than 10']);
    expect(await faults({ name: 'n'.repeat(41) })).toEqual(['name must be shorter than or equal to 40 characters']);
    expect(await faults({ assistantId: undefined })).toEqual(['Need Either `assistantId` Or `assistant`']);
    expect(await faults({ customer: { number: '55 1234 5678' } })).toEqual([expect.stringContaining('E.164')]);
    expect(await faults({ assistantOverrides: { server: { url: 'http://x', secret: 's' } } })).toEqual(['assistantOverrides.server.property secret should not exist']);
  });

  describeWithSpecification('vapi', 'held against the specification', () => {
    it('knows the properties of what it takes', () => {
      const specification = specificationOf('vapi');
      for (const [schema, names] of Object.entries(KNOWN_PROPERTIES))
        expect([...names].sort()).toEqual(Object.keys(specification.components.schemas[schema]?.properties as object).sort());
    });

    it('answers and tells what fits its schemas', async () => {
      const { subscriptionLimits, ...created } = (await dial('+525555550100')).body;
      const over = await ended(created.id);
      await until(async () => stage.heard.length === 4);
      const [, , status, report] = messages();
      // At once: the schemas are large, and compiling them takes a second.
      const schemas = { subscriptionLimits: 'SubscriptionLimits', created: 'Call', over: 'Call', status: 'ServerMessageStatusUpdate', report: 'ServerMessageEndOfCallReport' };
      const properties = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, { $ref: `#/components/schemas/${schema}` }]));
      const fits = validatorOf(specificationOf('vapi'), { type: 'object', properties });
      expect(fits({ subscriptionLimits, created, over, status, report }) ? [] : fits.errors).toEqual([]);
    });
  });
});
