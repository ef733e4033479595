import type { ConfiguredAgent, DescribedAgent } from '../../src/modules/calls/call-provider';
import { type VapiOrder, createCallOf } from '../../src/integrations/vapi/vapi-request';
import { aConnection, anOrder } from './orders';
import { describeWithSpecification, specificationOf, validatorOf } from './specifications';

const CONNECTION = aConnection('vapi', 'https://api.vapi.ai');

const AGENT: DescribedAgent = {
  kind: 'agent',
  systemPrompt: 'Eres Marta.',
  firstMessage: 'Hola',
  language: 'es-CL',
  agentName: 'Marta',
  variables: { company: 'ACME' },
};

const orderOf = (work: DescribedAgent | ConfiguredAgent, other: Partial<VapiOrder> = {}): VapiOrder => ({ ...anOrder(work), ...other, work });

const configured = (other: Partial<ConfiguredAgent> = {}): ConfiguredAgent => ({
  kind: 'voice-agent',
  assistantId: '2bec425c-2d0b-4368-bf4d-3f0ff5f25d01',
  assistant: null,
  skillId: null,
  channel: null,
  variables: { client_name: 'Ana', payment_amount: 8822.63 },
  ...other,
});

describe('a call as Vapi is asked for it', () => {
  it('says of a configured agent what seed 000 says, and where to report', () => {
    expect(createCallOf(CONNECTION, orderOf(configured()))).toEqual({
      assistantId: '2bec425c-2d0b-4368-bf4d-3f0ff5f25d01',
      phoneNumberId: 'number-1',
      customer: { number: '+525555550100', externalId: '12', name: 'Ana Pérez', email: 'ana@example.com' },
      assistantOverrides: {
        variableValues: { client_name: 'Ana', payment_amount: 8822.63 },
        metadata: { callId: 12, tenantId: 3, attempt: 2 },
        server: {
          url: 'http://127.0.0.1:9/webhooks/vapi',
          timeoutSeconds: 20,
          headers: { 'X-Vapi-Secret': 'secret of the webhook' },
          backoffPlan: { type: 'exponential', maxRetries: 5, baseDelaySeconds: 1 },
        },
        serverMessages: ['status-update', 'end-of-call-report'],
      },
    });
  });

  it('takes a transient assistant as it is, and our number where Vapi has no id for it', () => {
    const body = createCallOf(CONNECTION, orderOf(configured({ assistantId: null, assistant: { name: 'Eva' } }), { from: { number: '+525500000000', providerId: null } }));
    expect(body).toMatchObject({ assistant: { name: 'Eva' }, phoneNumberId: '+525500000000' });
    expect(body).not.toHaveProperty('assistantId');
  });

  it('cuts a long name, in no middle of a character, and leaves out an email that does not fit', () => {
    const { customer } = createCallOf(
      CONNECTION,
      orderOf(configured(), { customer: { firstName: 'x'.repeat(39) + '😀', lastName: null, email: `${'x'.repeat(40)}@example.com` } }),
    );
    expect(customer).toEqual({ number: '+525555550100', externalId: '12', name: `${'x'.repeat(39)}�` });
  });

  it('makes an assistant of a described agent', () => {
    expect(createCallOf(CONNECTION, orderOf({ ...AGENT, maxDurationSeconds: 120 })).assistant).toEqual({
      name: 'Marta',
      firstMessage: 'Hola',
      model: { provider: 'openai', model: 'gpt-4o', messages: [{ role: 'system', content: 'Eres Marta.' }], tools: [{ type: 'endCall' }] },
      voice: { provider: '11labs', voiceId: 'sarah', model: 'eleven_turbo_v2_5' },
      transcriber: { provider: 'deepgram', model: 'nova-2', language: 'es-419' },
      voicemailDetection: { provider: 'vapi' },
      maxDurationSeconds: 120,
    });
  });

  it.each([
    [
      { provider: 'openai', model: 'gpt-4.1' },
      { provider: 'openai', model: 'gpt-4.1' },
    ],
    [{ model: 'gpt-4.1' }, { provider: 'openai', model: 'gpt-4.1' }],
    [
      { provider: 'google', model: 'gemini-2.5-flash' },
      { provider: 'google', model: 'gemini-2.5-flash' },
    ],
    [{ provider: 'google' }, { provider: 'google' }],
  ])('speaks by the model %j', (model, expected) => {
    const { assistant } = createCallOf(CONNECTION, orderOf({ ...AGENT, providerConfig: { model: { maxTokens: 200, temperature: 0.2, model } } }));
    expect(assistant?.model).toEqual({ ...expected, maxTokens: 200, temperature: 0.2, messages: expect.anything(), tools: [{ type: 'endCall' }] });
  });

  it.each([
    [{ localization: 'US' as const }, { provider: 'deepgram', model: 'nova-2', language: 'en-US' }],
    [
      { confidenceThreshold: 0.5, keywords: ['ACME'] },
      { provider: 'deepgram', model: 'nova-2', language: 'es-419', confidenceThreshold: 0.5, keywords: ['ACME'] },
    ],
    [
      { model: 'nova-3', keywords: ['ACME'] },
      { provider: 'deepgram', model: 'nova-3', language: 'es-419', keyterm: ['ACME'] },
    ],
    [{ provider: 'gladia' }, { provider: 'gladia', language: 'es' }],
  ])('hears by the transcriber %j', (transcriber, expected) => {
    const { assistant } = createCallOf(CONNECTION, orderOf({ ...AGENT, providerConfig: { transcriber } }));
    expect(assistant?.transcriber).toEqual(expected);
  });
});

describeWithSpecification('vapi', 'a call as the specification of Vapi has it', () => {
  const specification = specificationOf('vapi');
  const validate = validatorOf(specification, specification.components.schemas.CreateCallDTO ?? {});

  it.each([
    ['a configured agent', configured()],
    ['a transient assistant', configured({ assistantId: null, assistant: { name: 'Eva', model: { provider: 'openai', model: 'gpt-4o' } } })],
    ['a described agent', AGENT],
    [
      'a described agent with everything',
      {
        ...AGENT,
        maxDurationSeconds: 43_200,
        providerConfig: {
          model: { maxTokens: 50, temperature: 2, model: { provider: 'openai', model: 'gpt-4o-mini' } },
          voice: { provider: '11labs', voiceId: 'x', model: 'eleven_v3', speed: 0.7, stability: 1, style: 0, optimizeStreamingLatency: 4 },
          transcriber: { provider: 'deepgram', model: 'nova-3', localization: 'US' as const, confidenceThreshold: 1, keywords: ['ACME'] },
        },
      },
    ],
    ['another voice', { ...AGENT, providerConfig: { voice: { provider: 'vapi', voiceId: 'Clara', speed: 1.1 } } }],
  ])('is fit for %s', (_name, work) => {
    // As it travels: what is undefined is not sent.
    const sent: unknown = JSON.parse(JSON.stringify(createCallOf(CONNECTION, orderOf(work))));
    expect(validate(sent) || validate.errors).toBe(true);
  });

  it.each([['metadata'], ['serverUrl'], ['silenceTimeoutSeconds']])('would show that %s is none of it', (name) => {
    expect(validate({ ...createCallOf(CONNECTION, orderOf(configured())), [name]: 1 })).toBe(false);
  });
});
