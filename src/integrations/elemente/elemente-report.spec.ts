import { interactionsOf, reportOfInteraction } from './elemente-report';
import { interactionOf } from './elemente-request';

describe('an interaction as Elemente is asked for it', () => {
  const work = {
    kind: 'voice-agent' as const,
    assistantId: 'agent-1',
    assistant: null,
    skillId: 'skill-1',
    channel: null,
    variables: { 'Order ID': '12345', 'Order Amount': 150.75, active: true, dates: ['2026-04-01'], none: null },
  };
  const order = {
    tenantId: 3,
    callId: 12,
    attempt: 2,
    from: { number: '+525500000000', providerId: null },
    to: '+525555550100',
    customer: { firstName: 'Ana', lastName: null, email: 'ana@example.com' },
    work,
  };

  it('overrides the customer, with every variable as a field', () => {
    expect(interactionOf(order)).toEqual({
      agentId: 'agent-1',
      channel: 'call',
      skillId: 'skill-1',
      customerOverride: {
        firstName: 'Ana',
        phoneNumber: '+525555550100',
        email: 'ana@example.com',
        customFields: [
          { name: 'Order ID', value: '12345' },
          { name: 'Order Amount', value: 150.75 },
          { name: 'active', value: true },
          { name: 'dates', value: '["2026-04-01"]' },
          { name: 'none', value: 'null' },
          { name: 'llamadorCallId', value: '12-2' },
        ],
      },
      customerName: 'Ana',
      customerPhone: '+525555550100',
      customerEmail: 'ana@example.com',
    });
  });

  it('goes to an address on the channel email', () => {
    const body = interactionOf({ ...order, to: 'other@example.com', work: { ...work, channel: 'email' } });
    expect(body).toMatchObject({ channel: 'email', customerEmail: 'other@example.com', customerOverride: { email: 'other@example.com' } });
    expect(body).not.toHaveProperty('customerPhone');
  });
});

describe('what Elemente says of an interaction', () => {
  it.each([
    ['queued', { phase: 'queued' }],
    ['pending', { phase: 'queued' }],
    ['processing', { phase: 'queued' }],
    ['open', { phase: 'queued' }],
    ['ringing', { phase: 'ringing' }],
    ['answer', { phase: 'in-progress' }],
    ['ongoing', { phase: 'in-progress' }],
    ['completed', { phase: 'ended', disposition: 'answered', complete: true }],
    ['closed', { phase: 'ended', disposition: 'answered', complete: true }],
    ['resolved', { phase: 'ended', disposition: 'answered', complete: true }],
    ['voicemail', { phase: 'ended', disposition: 'voicemail', complete: true }],
    ['no-answer', { phase: 'ended', disposition: 'no-answer', complete: true }],
    ['busy', { phase: 'ended', disposition: 'busy', complete: true }],
    ['canceled', { phase: 'ended', disposition: 'canceled', complete: true }],
    ['stalled', { phase: 'ended', disposition: 'failed', complete: true }],
    ['expired', { phase: 'ended', disposition: 'failed', complete: true }],
    ['failed', { phase: 'ended', disposition: 'failed', complete: true }],
  ])('%s is %j', (status, expected) => {
    expect(reportOfInteraction({ id: 'i1', status })).toMatchObject({ providerId: 'i1', providerStatus: status, ...expected });
  });

  it('has no phase for a status that nobody knows, until it shows that it has ended', () => {
    expect(reportOfInteraction({ id: 'i1', status: 'of next year', duration: '0' })?.phase).toBeUndefined();
    expect(reportOfInteraction({ id: 'i1', status: 'of next year', duration: '3' })).toMatchObject({
      phase: 'ended',
      disposition: 'failed',
      providerReason: 'of next year',
      complete: true,
    });
  });

  it('brings the transcription, the recording and our own ids', () => {
    const interaction = {
      id: 'i1',
      status: 'completed',
      duration: '72',
      transcription: 'Hello, how can I help you?',
      recordingUrl: 'https://example.com/recording.wav',
      messages: [
        { sender: 'agent', content: 'Hello', timestamp: '2025-03-17T14:30:00Z' },
        { sender: 'customer', content: 'Hi', timestamp: '2025-03-17T14:30:02Z' },
      ],
      customerOverride: { customFields: [{ name: 'llamadorCallId', value: '12-2' }] },
    };
    expect(reportOfInteraction(interaction)).toMatchObject({
      callId: 12,
      attempt: 2,
      durationSeconds: 72,
      recording: { url: 'https://example.com/recording.wav' },
      transcription: {
        text: 'Hello, how can I help you?',
        segments: [
          { speaker: 'agent', text: 'Hello', start: 0, end: null },
          { speaker: 'contact', text: 'Hi', start: 2, end: null },
        ],
      },
    });
  });

  it('is awaited for a minute where its transcription is to come', () => {
    const ended = (ms: number) => reportOfInteraction({ id: 'i1', status: 'completed', updatedAt: new Date(Date.now() - ms).toISOString() });
    expect(ended(1000)?.complete).toBe(false);
    expect(ended(61_000)?.complete).toBe(true);
  });

  it.each([null, 5, 'text', [], {}, { id: '' }, { status: 'completed' }])('is nothing for the junk %j', (junk) => {
    expect(reportOfInteraction(junk)).toBeUndefined();
  });

  it.each([
    ['a list', [{ id: 1 }, 7]],
    ['one in place of a list', { id: 1 }],
    ['an envelope', { data: [{ id: 1 }] }],
  ])('comes as %s', (_how, body) => {
    expect(interactionsOf(body)).toEqual([{ id: 1 }]);
  });
});
