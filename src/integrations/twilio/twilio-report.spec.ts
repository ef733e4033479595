import type { Connection } from '../../modules/connections';
import { legOfForm, recordingOf, reportOfAgentLeg, reportOfCustomerLeg, reportOfDial, reportOfLegs } from './twilio-report';

const SID = 'CA1';
const AT = '2026-03-26T15:43:50.000Z';
const RECORDING = { url: 'https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.wav' };

const agoIso = (ms: number) => new Date(Date.now() - ms).toISOString();

describe("the agent's leg", () => {
  it.each([
    ['queued', { phase: 'queued' }],
    ['initiated', { phase: 'queued' }],
    ['ringing', { phase: 'ringing' }],
    ['in-progress', { phase: 'ringing' }],
    ['no-answer', { phase: 'ended', disposition: 'no-answer', providerReason: 'agent-no-answer', complete: true }],
    ['busy', { phase: 'ended', disposition: 'no-answer', providerReason: 'agent-busy', complete: true }],
    ['failed', { phase: 'ended', disposition: 'no-answer', providerReason: 'agent-failed', complete: true }],
    ['canceled', { phase: 'ended', disposition: 'canceled', providerReason: 'agent-canceled', complete: true }],
  ])('%s makes the call %j', (status, expected) => {
    expect(reportOfAgentLeg(SID, { status, at: AT })).toMatchObject({ providerId: SID, providerStatus: status, ...expected });
  });

  it('frees the line with its end, without a word on how the call went', () => {
    const report = reportOfAgentLeg(SID, { status: 'completed', at: AT });
    expect(report).toMatchObject({ phase: 'ended', endedAt: AT });
    expect(report).not.toHaveProperty('disposition');
    expect(report).not.toHaveProperty('complete');
  });

  it('changes nothing by a status that nobody knows', () => {
    expect(reportOfAgentLeg(SID, { status: 'of next year' }).phase).toBeUndefined();
  });
});

describe("the customer's leg", () => {
  it.each([
    ['initiated', { phase: 'ringing' }],
    ['ringing', { phase: 'ringing' }],
    ['in-progress', { phase: 'in-progress', answeredAt: AT }],
    ['busy', { phase: 'ended', disposition: 'busy', complete: true }],
    ['no-answer', { phase: 'ended', disposition: 'no-answer', complete: true }],
    ['failed', { phase: 'ended', disposition: 'invalid-number', complete: true }],
    ['canceled', { phase: 'ended', disposition: 'canceled', complete: true }],
  ])('%s makes the call %j', (status, expected) => {
    expect(reportOfCustomerLeg(SID, { status, at: AT })).toMatchObject({ providerId: SID, ...expected });
  });

  it('tells by its length when it was answered, and waits for the recording', () => {
    const report = reportOfCustomerLeg(SID, legOfForm({ CallStatus: 'completed', CallDuration: '20', Timestamp: 'Thu, 26 Mar 2026 15:43:50 +0000' }));
    expect(report).toMatchObject({ phase: 'ended', disposition: 'answered', durationSeconds: 20, answeredAt: '2026-03-26T15:43:30.000Z', endedAt: AT });
    expect(report).not.toHaveProperty('complete');
  });

  it('is told of by <Dial>, too', () => {
    expect(reportOfDial({ CallSid: SID, DialCallSid: 'CA2', DialCallStatus: 'completed', DialCallDuration: '7' })).toMatchObject({
      providerId: SID,
      phase: 'ended',
      disposition: 'answered',
      durationSeconds: 7,
    });
    expect(reportOfDial({ CallSid: SID, DialCallStatus: 'busy' })).toMatchObject({ disposition: 'busy', complete: true });
  });
});

describe('both legs, when asked', () => {
  const agent = { status: 'completed', startedAt: agoIso(9000), at: agoIso(1000) };

  it.each([
    ['with the recording', { status: 'completed', at: agoIso(1000), durationSeconds: 3 }, RECORDING, true],
    ['not while that is in the making', { status: 'completed', at: agoIso(1000), durationSeconds: 3 }, undefined, false],
    ['after a minute in any case', { status: 'completed', at: agoIso(61_000), durationSeconds: 3 }, undefined, true],
    ['at once where the customer did not answer', { status: 'no-answer', at: agoIso(1000) }, undefined, true],
  ])('are complete %s', (_when, customer, recording, complete) => {
    expect(reportOfLegs(SID, agent, customer, recording)).toMatchObject({ phase: 'ended', startedAt: agent.startedAt, complete });
  });

  it('are canceled where the agent hung up before the customer was called', () => {
    expect(reportOfLegs(SID, agent, undefined, undefined)).toMatchObject({ phase: 'ended', disposition: 'canceled', providerReason: 'agent-completed', complete: true });
  });

  it("are the agent's while there is no other", () => {
    expect(reportOfLegs(SID, { status: 'ringing' }, undefined, undefined)).toMatchObject({ phase: 'ringing' });
    expect(reportOfLegs(SID, { status: 'in-progress' }, { status: 'in-progress', at: AT }, undefined)).toMatchObject({ phase: 'in-progress' });
  });
});

it('is recorded at the address of the connection, whatever the callback says', () => {
  const connection = { baseUrl: 'http://127.0.0.1:9/twilio', credentials: { accountSid: 'AC1' } } as unknown as Connection;
  expect(recordingOf(connection, 'RE1', { channels: '2', duration: '20', startTime: 'Thu, 26 Mar 2026 15:43:50 +0000' })).toEqual({
    url: 'http://127.0.0.1:9/twilio/2010-04-01/Accounts/AC1/Recordings/RE1.wav',
    providerId: 'RE1',
    dualChannel: true,
    durationSeconds: 20,
    startTime: AT,
  });
});
