import { vapiDispositionOf } from '../../src/integrations/vapi/vapi-reasons';
import { describeWithSpecification, specificationOf } from './specifications';

/** Of the inbound calls and web calls that Llamador does not make. */
const NOT_OURS = /inbound|microphone-permission|call\.ringing\.hook-executed/;

/** Seed 001's, of which Vapi's documentation knows no more. */
const OF_EARLIER_YEARS = [
  ['assistant-error', 'provider-error'],
  ['db-error', 'provider-error'],
  ['no-server-available', 'provider-error'],
  ['pipeline-error-extra-function-failed', 'provider-error'],
  ['pipeline-error-neets-voice-failed', 'provider-error'],
  ['pipeline-no-available-llm-model', 'provider-error'],
  ['server-shutdown', 'provider-error'],
  ['unknown-error', 'provider-error'],
  ['assistant-not-invalid', 'configuration'],
  ['assistant-not-provided', 'configuration'],
];

describe("Vapi's reasons for an end", () => {
  it.each([
    ...OF_EARLIER_YEARS,
    ['customer-ended-call', 'answered'],
    ['assistant-ended-call-after-message-spoken', 'answered'],
    ['customer-ended-call-during-transfer', 'answered'],
    ['customer-busy', 'busy'],
    ['customer-did-not-answer', 'no-answer'],
    ['call.in-progress.error-providerfault-outbound-sip-480-temporarily-unavailable', 'no-answer'],
    ['call.in-progress.error-providerfault-outbound-sip-503-service-unavailable', 'provider-error'],
    ['call.in-progress.error-vapifault-openai-voice-failed', 'provider-error'],
    ['call.start.error-vapifault-get-org', 'provider-error'],
    ['pipeline-error-openai-llm-failed', 'provider-error'],
    ['twilio-reported-customer-misdialed', 'invalid-number'],
    ['voicemail', 'voicemail'],
    ['manually-canceled', 'canceled'],
    ['call.start.error-subscription-concurrency-limit-reached', 'no-line'],
    ['call.start.error-subscription-insufficient-credits', 'account'],
    ['call.start.error-vapi-number-international', 'account'],
    ['call.start.error-get-phone-number', 'configuration'],
    ['assistant-request-returned-no-assistant', 'configuration'],
    ['of next year', 'failed'],
    ['constructor', 'failed'],
    ['', 'failed'],
  ])('%s is %s', (reason, disposition) => {
    expect(vapiDispositionOf(reason)).toBe(disposition);
  });
});

describeWithSpecification('vapi', "the specification's reasons for an end", () => {
  it('are all in the table, but for those of calls that we do not make', () => {
    const { endedReason } = specificationOf('vapi').components.schemas.Call?.properties as { endedReason: { enum: string[] } };
    const unknown = endedReason.enum.filter((reason) => vapiDispositionOf(reason) === 'failed');
    expect(endedReason.enum.length).toBeGreaterThan(600);
    expect(unknown.filter((reason) => !NOT_OURS.test(reason))).toEqual([]);
  });
});
