import { reportOfCall, reportOfMessage } from './vapi-report';

const BASE = 'https://api.vapi.ai';

const CALL = {
  id: '019d2ad0',
  type: 'outboundPhoneCall',
  status: 'queued',
  customer: { name: 'Ana', number: '+525555550100', externalId: '12' },
  assistantOverrides: { metadata: { callId: 12, tenantId: 3, attempt: 2 } },
  monitor: { listenUrl: 'wss://x.vapi.ai/listen', controlUrl: 'https://x.vapi.ai/control' },
};

const ARTIFACT = {
  transcript: 'AI: Hola\nUser: Sí\n',
  recording: { stereoUrl: 'https://storage/stereo.wav', mono: { combinedUrl: 'https://storage/mono.wav' } },
  messages: [
    { role: 'system', message: 'Eres Marta.', secondsFromStart: 0 },
    { role: 'bot', message: 'Hola', secondsFromStart: 1.2, duration: 800 },
    { role: 'user', message: 'Sí', secondsFromStart: 2.5 },
    { role: 'tool_calls', toolCalls: [] },
  ],
};

const REPORT = {
  type: 'end-of-call-report',
  timestamp: 1774539840000,
  endedReason: 'customer-ended-call',
  startedAt: '2026-03-26T15:43:20.000Z',
  endedAt: '2026-03-26T15:43:50.500Z',
  cost: 0.12,
  analysis: { summary: 'They agreed.' },
  artifact: ARTIFACT,
  call: { ...CALL, status: 'in-progress' },
};

const IDS = { providerId: '019d2ad0', callId: 12, attempt: 2 };

describe('what Vapi says of a call', () => {
  it('begins with the answer to the request', () => {
    expect(reportOfCall(CALL, BASE)).toMatchObject({ ...IDS, phase: 'queued', providerStatus: 'queued', controlUrl: 'https://x.vapi.ai/control' });
  });

  it.each([
    ['scheduled', 'queued'],
    ['ringing', 'ringing'],
    ['in-progress', 'in-progress'],
    ['forwarding', 'in-progress'],
    ['not-found', undefined],
    ['some day', undefined],
    ['constructor', undefined],
  ])('has the status %s for the phase %s', (status, phase) => {
    const report = reportOfMessage({ type: 'status-update', status, timestamp: 1774539800000, call: { ...CALL, status: 'queued' } }, BASE);
    expect(report).toMatchObject({ ...IDS, providerStatus: status });
    expect(report?.phase).toBe(phase);
    expect(report?.complete).toBeUndefined();
  });

  it('takes the time of a message for the time of what it tells', () => {
    expect(reportOfMessage({ type: 'status-update', status: 'in-progress', timestamp: 1774539800000, call: CALL }, BASE)).toMatchObject({ answeredAt: '2026-03-26T15:43:20.000Z' });
  });

  it('frees the line with the end, and waits for the report', () => {
    const report = reportOfMessage({ type: 'status-update', status: 'ended', endedReason: 'customer-busy', timestamp: 1774539800000, artifact: ARTIFACT, call: CALL }, BASE);
    expect(report).toMatchObject({ ...IDS, phase: 'ended', disposition: 'busy', providerReason: 'customer-busy', endedAt: '2026-03-26T15:43:20.000Z' });
    expect(report).not.toHaveProperty('complete');
    expect(report).not.toHaveProperty('transcription');
    expect(report?.answeredAt).toBeUndefined();
  });

  it('tells everything with the report, whatever the call within it says', () => {
    expect(reportOfMessage(REPORT, BASE)).toMatchObject({
      ...IDS,
      phase: 'ended',
      complete: true,
      disposition: 'answered',
      providerReason: 'customer-ended-call',
      startedAt: '2026-03-26T15:43:20.000Z',
      answeredAt: '2026-03-26T15:43:20.000Z',
      endedAt: '2026-03-26T15:43:50.500Z',
      durationSeconds: 30.5,
      cost: 0.12,
      summary: 'They agreed.',
      transcription: {
        text: 'AI: Hola\nUser: Sí\n',
        segments: [
          { speaker: 'agent', text: 'Hola', start: 1.2, end: 2 },
          { speaker: 'contact', text: 'Sí', start: 2.5, end: null },
        ],
      },
      recording: { url: 'https://api.vapi.ai/call/019d2ad0/stereo-recording', dualChannel: true, durationSeconds: 30.5, startTime: '2026-03-26T15:43:20.000Z' },
    });
  });

  it('takes one channel where there is one, and the messages where there is no text', () => {
    const artifact = { recordingUrl: 'https://storage/mono.wav', messages: [{ role: 'assistant', message: 'Hola' }] };
    expect(reportOfMessage({ ...REPORT, artifact }, BASE)).toMatchObject({
      recording: { url: 'https://api.vapi.ai/call/019d2ad0/mono-recording', dualChannel: false },
      transcription: { text: 'AI: Hola', segments: [{ speaker: 'agent', text: 'Hola', start: 0, end: null }] },
    });
  });

  it('names the number that a call was passed on to', () => {
    const destination = { type: 'number', number: '+15550001111' };
    expect(reportOfMessage({ type: 'status-update', status: 'forwarding', destination, call: CALL }, BASE)).toMatchObject({ phase: 'in-progress', redirectedTo: '+15550001111' });
  });

  it.each(['hang', 'speech-update', 'conversation-update', 'assistant.started', 'call.artifact.upload', 'new in 2027'])('changes nothing by %s', (type) => {
    expect(reportOfMessage({ type, call: { ...CALL, status: 'ended' } }, BASE)).toBeUndefined();
  });

  it('fails for a reason that nobody knows', () => {
    expect(reportOfMessage({ ...REPORT, endedReason: 'call.new.reason' }, BASE)).toMatchObject({ disposition: 'failed', providerReason: 'call.new.reason' });
  });
});

describe('what Vapi says of a call that has ended, when asked', () => {
  const ended = (other: object) => reportOfCall({ ...REPORT.call, status: 'ended', endedReason: 'customer-ended-call', startedAt: REPORT.startedAt, ...other }, BASE);
  const agoMs = (ms: number) => new Date(Date.now() - ms).toISOString();

  it.each([
    ['at once with recording and transcript', { endedAt: agoMs(1000), artifact: ARTIFACT }, true],
    ['not while both are in the making', { endedAt: agoMs(1000) }, undefined],
    ['not while the recording is in the making', { endedAt: agoMs(1000), artifact: { transcript: 'AI: Hola' } }, undefined],
    ['after a minute in any case', { endedAt: agoMs(61_000) }, true],
    ['at once where nobody answered', { endedAt: agoMs(1000), endedReason: 'customer-did-not-answer' }, true],
  ])('is complete %s', (_when, other, complete) => {
    expect(ended(other)?.complete).toBe(complete);
  });

  it('keeps a transcript in the making to itself: the first one that comes stays', () => {
    expect(ended({ endedAt: agoMs(1000), artifact: { transcript: 'AI: Hola' } })?.transcription).toBeUndefined();
    expect(ended({ endedAt: agoMs(61_000), artifact: { transcript: 'AI: Hola' } })?.transcription).toMatchObject({ text: 'AI: Hola' });
  });
});

describe('junk from Vapi', () => {
  const JUNK = [null, 7, 'text', [], {}, { id: 5 }, { id: '' }];

  it.each(JUNK)('is no call: %j', (call) => {
    expect(reportOfCall(call, BASE)).toBeUndefined();
    expect(reportOfMessage({ type: 'status-update', status: 'ended', call }, BASE)).toBeUndefined();
  });

  it('within a call is as if it were not there', () => {
    const junk = {
      id: 'x',
      status: 5,
      endedReason: {},
      startedAt: 'soon',
      endedAt: [],
      monitor: 'x',
      artifact: 7,
      analysis: [],
      assistantOverrides: { metadata: { callId: '12', attempt: 1e30 } },
      cost: 'free',
    };
    expect(reportOfCall(junk, BASE)).toEqual({ providerId: 'x' });
    const report = reportOfMessage(
      { ...REPORT, artifact: { messages: [null, 7, { role: 'bot', message: 5 }, { role: 'constructor', message: 'x' }], recording: 'x' }, endedAt: 1e300, call: junk },
      BASE,
    );
    expect(report).toMatchObject({ providerId: 'x', phase: 'ended', complete: true });
    expect(report?.transcription).toBeUndefined();
  });
});
