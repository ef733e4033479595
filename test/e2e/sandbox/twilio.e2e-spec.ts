import { validateRequest } from 'twilio/lib/webhooks/webhooks';
import { describeWithSpecification, specificationOf, validatorOf } from '../../integrations/specifications';
import { until } from '../../support/until';
import { CREDENTIALS, type Heard, Stage } from './stage';

const AGENT = '+525555550100';

describe("The sandbox's Twilio", () => {
  let stage: Stage;
  let twiml: string;
  beforeEach(async () => {
    stage = await Stage.open({}, ({ url }) => ({ status: 200, body: url.startsWith('/voice') ? twiml : url.startsWith('/dial') ? '<Response/>' : '' }));
    twiml = bridgeTo('+525555550101');
  });
  afterEach(() => stage.close());

  const bridgeTo = (customer: string) => `<?xml version="1.0" encoding="UTF-8"?>
    <Response><Say language="es-MX">Conectando…</Say>
    <Dial callerId="+525500000000" answerOnBridge="true" timeout="30" record="record-from-answer-dual" recordingStatusCallback="${stage.listenerUrl}/recording?callId=7&amp;attempt=1" action="${stage.listenerUrl}/dial">
    <Number statusCallback="${stage.listenerUrl}/child" statusCallbackEvent="initiated ringing answered completed">${customer}</Number></Dial></Response>`;
  const dial = (to = AGENT, more: Record<string, string | string[]> = {}) =>
    stage.twilio('POST', '/Calls.json', {
      To: to,
      From: '+525500000000',
      Url: `${stage.listenerUrl}/voice?callId=7`,
      StatusCallback: `${stage.listenerUrl}/parent`,
      StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      ...more,
    });
  const told = (path: string) => stage.heard.filter(({ url }) => url.startsWith(path)).map(({ body }) => body);
  const statuses = (path: string) => told(path).map(({ CallStatus }) => CallStatus);
  const over = () => until(async () => statuses('/parent').some((status) => ['completed', 'busy', 'no-answer', 'failed', 'canceled'].includes(String(status))));
  const isSigned = ({ url, headers, body }: Heard) => validateRequest(CREDENTIALS.twilio.authToken, String(headers['x-twilio-signature']), `${stage.listenerUrl}${url}`, body);

  it('bridges: the agent first, then the customer, and tells both legs, the dial and the recording, signed', async () => {
    const { status, body: parent } = await dial();
    expect(status).toBe(201);
    expect(parent).toMatchObject({ sid: expect.stringMatching(/^CA[0-9a-f]{32}$/), status: 'queued', direction: 'outbound-api', parent_call_sid: null, to: AGENT, duration: null });
    await over();
    await until(async () => told('/recording').length === 1);
    expect(stage.heard.every(isSigned)).toBe(true);
    expect(statuses('/parent')).toEqual(['initiated', 'ringing', 'in-progress', 'completed']);
    expect(statuses('/child')).toEqual(['initiated', 'ringing', 'in-progress', 'completed']);
    expect(told('/child').every(({ ParentCallSid, To }) => ParentCallSid === parent.sid && To === '+525555550101')).toBe(true);
    const child = told('/child')[0];
    expect(told('/dial')).toEqual([
      expect.objectContaining({
        CallSid: parent.sid,
        DialCallSid: child?.CallSid,
        DialCallStatus: 'completed',
        DialCallDuration: '1',
        DialBridged: 'true',
        RecordingUrl: expect.any(String),
      }),
    ]);
    const recording = told('/recording')[0];
    expect(recording).toMatchObject({ CallSid: parent.sid, RecordingStatus: 'completed', RecordingChannels: '2', RecordingDuration: '3' });

    const { body: legs } = await stage.twilio('GET', `/Calls.json?ParentCallSid=${parent.sid}`);
    expect(legs.calls).toMatchObject([{ sid: child?.CallSid, status: 'completed', direction: 'outbound-dial', from: '+525500000000' }]);
    const { body: recordings } = await stage.twilio('GET', `/Calls/${parent.sid}/Recordings.json`);
    expect(recordings.recordings).toMatchObject([{ sid: recording?.RecordingSid, call_sid: parent.sid, channels: 2 }]);
    const wav = await stage.twilio('GET', `/Recordings/${String(recording?.RecordingSid)}.wav`);
    expect(wav.bytes.subarray(0, 4).toString()).toBe('RIFF');
    expect((await stage.send('GET', `${String(recording?.RecordingUrl)}.wav`)).status).toBe(401);
  });

  it.each([
    ['+525555550001', 'busy', '486'],
    ['+525555550002', 'no-answer', '487'],
    ['+525555550004', 'failed', '503'],
    ['+525555550010', 'failed', '404'],
  ])('plays the ending of %s on either leg: %s', async (number, ending, SipResponseCode) => {
    await dial(number);
    await over();
    expect(told('/parent').at(-1)).toMatchObject({ CallStatus: ending, SipResponseCode });
    expect(told('/voice')).toEqual([]);
    stage.heard.length = 0;

    twiml = bridgeTo(number);
    await dial();
    await over();
    expect(statuses('/child').at(-1)).toBe(ending);
    expect(told('/dial')).toMatchObject([{ DialCallStatus: ending, DialBridged: 'false' }]);
    expect(statuses('/parent').at(-1)).toBe('completed');
    expect(told('/recording')).toEqual([]);
  });

  it('goes on with the TwiML of the action, and without one with the next dial', async () => {
    twiml = `<Response><Dial>+525555550001</Dial><Dial><Number statusCallback="${stage.listenerUrl}/child">+525555550101</Number></Dial></Response>`;
    await dial();
    await over();
    expect(statuses('/child')).toEqual(['completed']);
  });

  it.each([
    ['which is none', 'not xml'],
    ['without a dial', '<Response><Hangup/></Response>'],
  ])('ends a call with its TwiML: %s', async (_, document) => {
    twiml = document;
    await dial();
    await over();
    expect(statuses('/parent').at(-1)).toBe('completed');
    expect(told('/child')).toEqual([]);
  });

  it('takes TwiML in the request', async () => {
    await dial(AGENT, { Url: '', Twiml: bridgeTo('+525555550101') });
    await over();
    expect(told('/dial')).toMatchObject([{ DialCallStatus: 'completed' }]);
  });

  it('hangs up both legs', async () => {
    twiml = bridgeTo('+525555550299');
    const { body: parent } = await dial();
    await until(async () => statuses('/child').includes('in-progress'));
    expect((await stage.twilio('POST', `/Calls/${parent.sid}.json`, { Status: 'canceled' })).body).toMatchObject({ code: 21220, status: 400 });
    expect((await stage.twilio('POST', `/Calls/${parent.sid}.json`, { Status: 'completed' })).body).toMatchObject({ status: 'completed' });
    await over();
    await until(async () => statuses('/child').includes('completed') && told('/dial').length === 1);
    expect((await stage.twilio('POST', `/Calls/${parent.sid}.json`, { Status: 'completed' })).body.code).toBe(21220);

    const { body: ringing } = await dial();
    expect((await stage.twilio('POST', `/Calls/${ringing.sid}.json`, { Status: 'canceled' })).body).toMatchObject({ status: 'canceled' });
  });

  it('begins one call a second, and lets the others wait', async () => {
    await stage.close();
    stage = await Stage.open({ speed: 1 });
    const made = await Promise.all([dial(), dial(), dial()]);
    expect(made.map(({ body }) => Math.round(Number(body.queue_time) / 1000)).sort()).toEqual([0, 1, 2]);
  });

  it("plays the customer's number on the customer's webhooks", async () => {
    twiml = bridgeTo('+525555550007');
    const { body: parent } = await dial();
    await over();
    expect([statuses('/child'), told('/dial'), told('/recording')]).toEqual([[], [], []]);
    const { body } = await stage.twilio('GET', `/Calls.json?ParentCallSid=${parent.sid}`);
    expect(body.calls).toMatchObject([{ status: 'completed' }]);
    stage.heard.length = 0;

    twiml = bridgeTo('+525555550008');
    await dial();
    await until(async () => told('/child').length === 8 && told('/recording').length === 2);
    // All at once, the last first: what is sent together may overtake.
    expect(statuses('/child').indexOf('completed')).toBeLessThan(statuses('/child').lastIndexOf('initiated'));
    expect([...statuses('/child')].sort()).toEqual(['completed', 'completed', 'in-progress', 'in-progress', 'initiated', 'initiated', 'ringing', 'ringing']);
    stage.heard.length = 0;

    twiml = bridgeTo('+525555550017');
    await dial();
    await over();
    await until(async () => statuses('/child').includes('completed'));
    expect(told('/recording')).toEqual([]);
  });

  it('lists by number and time, in pages', async () => {
    twiml = '<Response/>';
    const { body: one } = await dial();
    const { body: other } = await dial('+525555550102');
    const sids = async (query: string) => (await stage.twilio('GET', `/Calls.json?${query}`)).body.calls.map(({ sid }) => sid);
    expect(await sids('')).toEqual([other.sid, one.sid]);
    expect(await sids(`To=${encodeURIComponent(AGENT)}`)).toEqual([one.sid]);
    expect(await sids(`StartTime%3E=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    expect(await sids(`StartTime%3E=${new Date(Date.now() - 60_000).toISOString()}`)).toHaveLength(2);
    const { body: page } = await stage.twilio('GET', '/Calls.json?PageSize=1');
    expect(page).toMatchObject({ page: 0, page_size: 1, start: 0, end: 0, calls: [{ sid: other.sid }], previous_page_uri: null });
    const { body: next } = await stage.send('GET', `${stage.url}/twilio${page.next_page_uri}`, { authorization: basicOf() });
    expect(next).toMatchObject({ calls: [{ sid: one.sid }], next_page_uri: null });
  });

  it('refuses as Twilio does', async () => {
    const refused = async (form: Record<string, string>) => (await stage.twilio('POST', '/Calls.json', form)).body;
    expect(await refused({})).toEqual({ code: 21201, message: "No 'To' number is specified", more_info: 'https://www.twilio.com/docs/errors/21201', status: 400 });
    expect(await refused({ To: '5512', From: AGENT, Url: 'http://x' })).toMatchObject({ code: 21211 });
    expect(await refused({ To: AGENT, Url: 'http://x' })).toMatchObject({ code: 21213 });
    expect(await refused({ To: AGENT, From: AGENT })).toMatchObject({ code: 21205 });
    expect(await refused({ To: '+525555550016', From: AGENT, Url: 'http://x' })).toMatchObject({ code: 20005, status: 403 });
    expect((await stage.twilio('GET', '/Calls.json', undefined, 'wrong')).body).toMatchObject({ code: 20003, status: 401 });
    expect((await stage.twilio('GET', `/Calls/CA${'0'.repeat(32)}.json`)).body).toMatchObject({ code: 20404, status: 404 });
    expect((await stage.send('GET', `${stage.url}/twilio/elsewhere`, { authorization: basicOf() })).body).toMatchObject({ code: 20404, status: 404 });
  });

  describeWithSpecification('twilio', 'held against the specification', () => {
    it('answers what fits its schemas', async () => {
      const specification = specificationOf('twilio');
      // Nullable, it says, and of no type: nothing to hold an answer against.
      const recordingProperties = specification.components.schemas['api.v2010.account.call.call_recording']?.properties as Record<string, unknown>;
      recordingProperties.encryption_details = {};
      const faults = (schema: string, value: unknown) => {
        const fits = validatorOf(specification, { $ref: `#/components/schemas/${schema}` });
        return fits(value) ? [] : fits.errors;
      };
      const { body: parent } = await dial();
      expect(faults('api.v2010.account.call', parent)).toEqual([]);
      await over();
      expect(faults('api.v2010.account.call', (await stage.twilio('GET', `/Calls/${parent.sid}.json`)).body)).toEqual([]);
      const { body } = await stage.twilio('GET', `/Calls/${parent.sid}/Recordings.json`);
      expect(faults('api.v2010.account.call.call_recording', body.recordings[0])).toEqual([]);
    });
  });
});

const basicOf = () => `Basic ${Buffer.from(`${CREDENTIALS.twilio.accountSid}:${CREDENTIALS.twilio.authToken}`).toString('base64')}`;
