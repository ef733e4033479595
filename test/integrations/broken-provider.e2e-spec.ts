import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ElementeCalls } from '../../src/integrations/elemente/elemente-calls';
import { TwilioCalls } from '../../src/integrations/twilio/twilio-calls';
import { VapiCalls } from '../../src/integrations/vapi/vapi-calls';
import type { CallProvider, CallWork } from '../../src/modules/calls/call-provider';
import { Lease, LeaseLost } from '../../src/platform/queue/lease';
import { standStill } from '../support/stand-still';
import { aConnection, anOrder, soughtOf } from './orders';
import { describeWithSpecification, specificationOf, validatorOf } from './specifications';

const BY_AGENT: CallWork = { kind: 'voice-agent', assistantId: 'agent-1', assistant: null, skillId: null, channel: null, variables: {} };
const BRIDGE: CallWork = { kind: 'bridge', agentNumber: '+525500000100' };

const ADAPTERS: [string, CallProvider, CallWork][] = [
  ['vapi', new VapiCalls(), BY_AGENT],
  ['twilio', new TwilioCalls(), BRIDGE],
  ['elemente', new ElementeCalls(), BY_AGENT],
];

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What a provider's servers do on a bad day, and the sandbox does not. */
let answer: Answer;
let received: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[] = [];
let server: Server;
let url: string;
/** A port that was listened on, and is no more. */
let nowhere: string;

async function listen(created: Server): Promise<string> {
  await new Promise<void>((listening) => created.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(created.address() as AddressInfo).port}`;
}

async function close(closed: Server): Promise<void> {
  closed.closeAllConnections();
  await new Promise((done) => closed.close(done));
}

beforeAll(async () => {
  const gone = createServer();
  nowhere = await listen(gone);
  await close(gone);
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(request, response);
    });
  });
  url = `${await listen(server)}/v`;
});
beforeEach(() => void (received = []));
afterAll(() => close(server));

const says =
  (status: number, body: string, headers: Record<string, string> = { 'Content-Type': 'application/json' }): Answer =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

const BAD_DAYS: [string, Answer, string][] = [
  ['a success that is no JSON', says(201, '<html>OK</html>'), 'unknown'],
  ['a success without a body', says(201, ''), 'unknown'],
  ['a success that is null', says(201, 'null'), 'unknown'],
  ['a success that is a list', says(201, '[{"id":"x","sid":"x"}]'), 'unknown'],
  ['a success whose id is no text', says(201, '{"id":{},"sid":7}'), 'unknown'],
  ['an error in plain text', says(400, 'oops', { 'Content-Type': 'text/plain' }), 'refused'],
  ['an error in HTML', says(502, '<html>', { 'Content-Type': 'text/html' }), 'unknown'],
  ['a redirection to nowhere', says(307, ''), 'unknown'],
  ['half a body', (_request, response) => void response.writeHead(201, { 'Content-Length': '100' }).write('{"id":"x","si', () => response.destroy()), 'unknown'],
  ['a reset', (request) => void request.socket.resetAndDestroy(), 'unknown'],
];

describe.each(ADAPTERS)('%s', (name, provider, work) => {
  const connection = () => aConnection(provider.name, url);

  it.each(BAD_DAYS)('that answers with %s', async (_what, given, kind) => {
    answer = given;
    expect(await provider.dial(connection(), anOrder(work), Lease.FOREVER)).toMatchObject({ kind });
    // Whatever it was, it was asked once.
    expect(received).toHaveLength(1);
  });

  it('that a tenant says is inside is not called', async () => {
    const inside = aConnection(provider.name, url.replace('127.0.0.1', 'localhost'), { trusted: false });
    expect(await provider.dial(inside, anOrder(work), Lease.FOREVER)).toMatchObject({ kind: 'refused', message: expect.stringContaining('open internet') });
    await expect(provider.get(inside, 'any')).rejects.toThrow();
    expect(received).toEqual([]);
  });

  it('is asked for nothing that its lease does not outlast, however late that comes about', async () => {
    answer = says(201, '{"id":"x","sid":"x"}');
    const lease = (elapsedMs: number) => new Lease(30_000, Lease.now() - elapsedMs);
    await expect(provider.dial(connection(), anOrder(work), lease(20_001))).rejects.toThrow(LeaseLost);
    const dialing = provider.dial(connection(), anOrder(work), lease(19_500));
    standStill(800); // on its way out
    await expect(dialing).rejects.toThrow(LeaseLost);
    await expect(provider.hangUp(connection(), { providerId: 'x', controlUrl: `${url}/control` }, lease(20_001))).rejects.toThrow();
    if (provider.erase) await expect(provider.erase(connection(), 'x', lease(20_001))).rejects.toThrow();
    expect(received).toEqual([]);
    expect((await provider.dial(connection(), anOrder(work), lease(0))).kind).toBe('accepted');
  });

  it('that is not there has dialed nothing', async () => {
    expect(await provider.dial(aConnection(provider.name, nowhere), anOrder(work), Lease.FOREVER)).toMatchObject({ kind: 'slow-down', exchange: { response: null } });
  });

  it.each([
    ['an error', says(500, '{}')],
    ['junk', says(200, '<html>')],
  ])('that answers a look-up with %s was not asked', async (_what, given) => {
    answer = given;
    await expect(provider.find(connection(), soughtOf(anOrder(work)))).rejects.toThrow();
  });
});

describe('twilio', () => {
  it('with a sid that is none is not asked', async () => {
    const connection = aConnection('twilio', url, { credentials: { accountSid: 'no sid', authToken: 'x' } });
    expect(await new TwilioCalls().dial(connection, anOrder(BRIDGE), Lease.FOREVER)).toMatchObject({
      kind: 'account',
      message: expect.stringContaining('accountSid must start with AC'),
    });
    expect(received).toEqual([]);
  });

  it('is asked at the address of the connection, by its account', async () => {
    answer = says(201, '{"sid":"CA1","status":"queued"}');
    expect(await new TwilioCalls().dial(aConnection('twilio', url), anOrder(BRIDGE), Lease.FOREVER)).toMatchObject({
      kind: 'accepted',
      report: { providerId: 'CA1', phase: 'queued', callId: 12, attempt: 2 },
    });
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: `/v/2010-04-01/Accounts/AC${'0'.repeat(32)}/Calls.json`,
      headers: { authorization: expect.stringMatching(/^Basic /) },
    });
    expect([...new URLSearchParams(received[0]?.body)]).toEqual([
      ['To', '+525500000100'],
      ['From', '+525500000000'],
      ['StatusCallback', 'http://127.0.0.1:9/webhooks/twilio/status?callId=12&attempt=2'],
      ['StatusCallbackEvent', 'initiated'],
      ['StatusCallbackEvent', 'ringing'],
      ['StatusCallbackEvent', 'answered'],
      ['StatusCallbackEvent', 'completed'],
      ['Timeout', '30'],
      ['Url', 'http://127.0.0.1:9/webhooks/twilio/voice?callId=12&attempt=2&to=%2B525555550100'],
    ]);
  });
});

describeWithSpecification('twilio', 'a call as the specification of Twilio has it', () => {
  it('names nothing that it does not know', async () => {
    const specification = specificationOf('twilio');
    const post = specification.paths['/2010-04-01/Accounts/{AccountSid}/Calls.json']?.post as { requestBody: { content: Record<string, { schema: Record<string, unknown> }> } };
    const validate = validatorOf(specification, post.requestBody.content['application/x-www-form-urlencoded']?.schema ?? {});
    answer = says(201, '{"sid":"CA1"}');
    await new TwilioCalls().dial(aConnection('twilio', url), anOrder(BRIDGE), Lease.FOREVER);
    const form = new URLSearchParams(received[0]?.body);
    const sent = { ...Object.fromEntries(form), Timeout: Number(form.get('Timeout')), StatusCallbackEvent: form.getAll('StatusCallbackEvent') };
    expect(validate(sent) || validate.errors).toBe(true);
    expect(validate({ ...sent, Recording: 'x' })).toBe(false);
  });
});
