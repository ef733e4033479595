import Fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { ElementeCalls } from '../../src/integrations/elemente/elemente-calls';
import { bridgeTwiml } from '../../src/integrations/twilio/bridge-twiml';
import { TwilioCalls } from '../../src/integrations/twilio/twilio-calls';
import { VapiCalls } from '../../src/integrations/vapi/vapi-calls';
import type { CallProvider, CallReport, CallWork, DialOrder, SoughtAttempt } from '../../src/modules/calls/call-provider';
import type { Connection } from '../../src/modules/connections/connection';
import { authorizationOf } from '../../src/modules/connections/credentials';
import { Lease } from '../../src/platform/queue/lease';
import { registerSandbox } from '../../src/sandbox/sandbox';
import { until } from '../support/until';
import { aConnection, anOrder, soughtOf } from './orders';

const SPEED = 20;
const LIMIT = 3;
const CREDENTIALS = {
  vapi: { apiKey: 'key' },
  twilio: { accountSid: `AC${'0'.repeat(32)}`, authToken: 'token' },
  elemente: { username: 'user', password: 'password' },
  whatsapp: { accessToken: 'token', appSecret: 'secret', verifyToken: 'word' },
};

const BY_AGENT: CallWork = { kind: 'voice-agent', assistantId: '2bec425c-2d0b-4368-bf4d-3f0ff5f25d01', assistant: null, skillId: null, channel: null, variables: { plan: 'gold' } };
const BRIDGE: CallWork = { kind: 'bridge', agentNumber: '+525500000100' };

/** Numbers whose last digits are magic, each used once, so that no look-up finds another test's call. */
let numbers = 0;
const numberFor = (digits: string) => `+52${String(5500 + ++numbers)}${'00'}${digits}`;

interface Adapter {
  provider: CallProvider;
  work: CallWork;
  /** In a bridge, what the request meets is played by the agent's number. */
  to(digits: string): Partial<DialOrder>;
}

const ADAPTERS: Record<string, Adapter> = {
  vapi: { provider: new VapiCalls(), work: BY_AGENT, to: (digits) => ({ to: numberFor(digits) }) },
  twilio: { provider: new TwilioCalls(), work: BRIDGE, to: (digits) => ({ work: { kind: 'bridge', agentNumber: numberFor(digits) } }) },
  elemente: { provider: new ElementeCalls(), work: BY_AGENT, to: (digits) => ({ to: numberFor(digits) }) },
};

/** As configure-app.ts has it in the product's own server; here on one of its own, where webhooks find nobody but TwiML. */
async function startSandbox(): Promise<{ server: FastifyInstance; url: string }> {
  const server = Fastify();
  registerSandbox(server, { credentials: CREDENTIALS, speed: SPEED, limit: LIMIT, elementeLimit: LIMIT });
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.post('/webhooks/twilio/voice', async (request, reply) => {
    const { callId, attempt, to } = request.query as Record<string, string>;
    const connection = aConnection('twilio', '', { webhookUrl: `http://${request.host}/webhooks/twilio` });
    return reply
      .type('text/xml')
      .send(bridgeTwiml(connection, { callId: Number(callId), attempt: Number(attempt) }, { agent: '+525500000100', callerId: '+525500000000', to: to ?? '' }));
  });
  server.post('/webhooks/*', async () => ({}));
  await server.listen({ port: 0, host: '127.0.0.1' });
  return { server, url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}` };
}

/** Three requests that are answered after 15 s. They wait while the other tests run. */
let slow: { server: FastifyInstance; url: string };
let slowResults: Promise<{ kind: string; afterMs: number }[]>;

beforeAll(async () => {
  slow = await startSandbox();
  const started = Date.now();
  slowResults = Promise.all(
    Object.entries(ADAPTERS).map(async ([name, { provider, work, to }]) => {
      const connection = aConnection(provider.name, `${slow.url}/sandbox/${name}`, { webhookUrl: `${slow.url}/webhooks/${name}` });
      const { kind } = await provider.dial(connection, anOrder(work, to('0006')), Lease.FOREVER);
      return { kind, afterMs: Date.now() - started };
    }),
  );
});
afterAll(async () => {
  slow.server.server.closeAllConnections();
  await slow.server.close();
});

describe.each(Object.keys(ADAPTERS))('calls by %s', (name) => {
  const { provider, work, to } = ADAPTERS[name] as Adapter;
  let sandbox: FastifyInstance;
  let connection: Connection;
  let calls = 0;

  beforeAll(async () => {
    const { server, url } = await startSandbox();
    sandbox = server;
    connection = aConnection(provider.name, `${url}/sandbox/${name}`, { webhookUrl: `${url}/webhooks/${name}` });
  });
  afterAll(() => sandbox.close());

  const orderTo = (digits: string): DialOrder => anOrder(work, { callId: ++calls, ...to(digits) });
  const seek = (order: DialOrder): SoughtAttempt => soughtOf(order);

  async function dialed(order: DialOrder): Promise<CallReport> {
    const result = await provider.dial(connection, order, Lease.FOREVER);
    if (result.kind !== 'accepted') throw new Error(JSON.stringify(result));
    return result.report;
  }

  const ended = (providerId: string) =>
    until(async () => {
      const report = await provider.get(connection, providerId);
      return report?.phase === 'ended' && report.disposition && report.complete && report;
    });

  it('is accepted, and followed to its end by asking', async () => {
    const report = await dialed(orderTo('0100'));
    expect(report).toMatchObject({ providerId: expect.any(String), phase: 'queued' });
    expect(await ended(report.providerId)).toMatchObject({ providerId: report.providerId, disposition: 'answered', durationSeconds: expect.any(Number) });
  });

  it('leaves a recording behind, that the account can fetch', async () => {
    const { providerId } = await dialed(orderTo('0100'));
    const { recording } = await ended(providerId);
    const answer = await fetch(recording?.url ?? '', { headers: { Authorization: authorizationOf(connection) } });
    expect(answer.status).toBe(200);
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 4)
        .toString(),
    ).toBe('RIFF');
  });

  it('shows what was exchanged', async () => {
    const { exchange } = await provider.dial(connection, orderTo('0001'), Lease.FOREVER);
    expect(exchange.request).toMatchObject({ method: 'POST', url: expect.stringContaining(connection.baseUrl), body: expect.any(Object) });
    expect(exchange.response).toMatchObject({ status: expect.any(Number), status_text: expect.stringMatching(/Created|OK/), body: expect.any(Object) });
    expect(JSON.stringify(exchange)).not.toMatch(/secret of the webhook|control"?:"http/);
  });

  it.each([
    ['0001', { vapi: 'busy', twilio: 'no-answer', elemente: 'busy' }],
    ['0002', { vapi: 'no-answer', twilio: 'no-answer', elemente: 'no-answer' }],
    ['0014', { vapi: 'failed', twilio: 'no-answer', elemente: 'failed' }],
  ])('ends by the number …%s as %j', async (digits, dispositions) => {
    const { providerId } = await dialed(orderTo(digits));
    expect((await ended(providerId)).disposition).toBe(dispositions[name as keyof typeof dispositions]);
  });

  it.each([
    ['0009', 'refused'],
    ['0013', 'slow-down'],
    ['0016', 'account'],
    ['0012', 'unknown'],
  ])('is answered to the number …%s with: %s', async (digits, kind) => {
    const order = orderTo(digits);
    const result = await provider.dial(connection, order, Lease.FOREVER);
    expect(result).toMatchObject({ kind });
    if (kind === 'slow-down') expect(result).toMatchObject({ retryAfterMs: 1000 });
    if (kind === 'refused') expect(result).toMatchObject({ message: expect.stringMatching(/\w{4}/) });
    expect(await provider.find(connection, seek(order))).toBeUndefined();
  });

  it('has no line for more calls than the provider takes', async () => {
    const order = orderTo('0005');
    const first = await provider.dial(connection, order, Lease.FOREVER);
    expect(first.kind).toBe(name === 'vapi' ? 'no-line' : 'slow-down');
    if (name === 'vapi') expect(first.limit).toBe(LIMIT);
    expect((await provider.dial(connection, order, Lease.FOREVER)).kind).toBe('accepted');
  });

  it.each([['0011'], ['0015']])('that was made by a request without an answer is found: …%s', async (digits) => {
    const order = orderTo(digits);
    const sought = seek(order);
    expect((await provider.dial(connection, order, Lease.FOREVER)).kind).toBe('unknown');
    const found = await until(() => provider.find(connection, sought));
    expect(await ended(found.providerId)).toMatchObject({ providerId: found.providerId });
  });

  it.each([
    ['a minute and a half ahead', 90_000],
    ['an hour and a half behind, or asked for as much later', -90 * 60_000],
  ])('is found by a clock that is %s of the provider', async (_what, ms) => {
    const order = orderTo('0011');
    const sought = soughtOf(order, { dialedAt: new Date(Date.now() + ms) });
    expect((await provider.dial(connection, order, Lease.FOREVER)).kind).toBe('unknown');
    const { providerId } = await until(() => provider.find(connection, sought));
    await ended(providerId);
  });

  it('is not taken for one that is known to be another attempt, where it may be any of several', async () => {
    const order = orderTo('0100');
    const dialedAt = new Date();
    const first = await ended((await dialed(order)).providerId);
    const second = await ended((await dialed({ ...order, attempt: order.attempt + 1 })).providerId);
    const sought = soughtOf(order, { dialedAt, isOfAnother: async (providerId) => providerId === first.providerId });
    // Vapi gives our ids back.
    expect((await provider.find(connection, sought))?.providerId).toBe((name === 'vapi' ? first : second).providerId);
  });

  it('ends when it is hung up', async () => {
    const order = orderTo('0299');
    const { providerId, controlUrl } = await dialed(order);
    await provider.hangUp(connection, { providerId, controlUrl: controlUrl ?? null }, Lease.FOREVER);
    const hungUp = await until(() => provider.get(connection, providerId).then((report) => report?.phase === 'ended' && report));
    expect(hungUp.disposition).toBe('canceled');
    await expect(provider.hangUp(connection, { providerId, controlUrl: null }, Lease.FOREVER)).resolves.toBeUndefined();
  });

  it('is deleted there, recordings and all, where the provider offers a way', async () => {
    if (!provider.erase) return expect(name).toBe('elemente'); // its documents name none
    const { providerId } = await dialed(orderTo('0100'));
    const { recording } = await ended(providerId);
    await provider.erase(connection, providerId, Lease.FOREVER);
    expect(await provider.get(connection, providerId)).toBeUndefined();
    expect((await fetch(recording?.url ?? '', { headers: { Authorization: authorizationOf(connection) } })).status).toBeGreaterThanOrEqual(400);
    await expect(provider.erase(connection, providerId, Lease.FOREVER)).resolves.toBeUndefined();
  });

  it('is no call of the provider where it knows none', async () => {
    expect(await provider.get(connection, '00000000-0000-4000-8000-000000000000')).toBeUndefined();
    expect(await provider.find(connection, seek(orderTo('0100')))).toBeUndefined();
  });

  it('needs an account that the provider knows', async () => {
    const other = { ...connection, credentials: { apiKey: 'x', accountSid: CREDENTIALS.twilio.accountSid, authToken: 'x', username: 'x', password: 'x' } };
    expect((await provider.dial(other, orderTo('0100'), Lease.FOREVER)).kind).toBe('account');
    await expect(provider.get(other, 'x')).rejects.toThrow();
    await expect(provider.find(other, seek(orderTo('0100')))).rejects.toThrow();
  });

  it('of another kind is refused without a request', async () => {
    const result = await provider.dial(connection, anOrder(work.kind === 'bridge' ? BY_AGENT : BRIDGE), Lease.FOREVER);
    expect(result).toMatchObject({ kind: 'refused', exchange: { response: null } });
  });
});

it('a request that is answered after 15 s is given up after 10', async () => {
  for (const { kind, afterMs } of await slowResults) {
    expect(kind).toBe('unknown');
    expect(afterMs).toBeGreaterThan(9900);
    expect(afterMs).toBeLessThan(14_000);
  }
});
