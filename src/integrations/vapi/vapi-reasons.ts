import { type Disposition, dispositionOf } from '../../modules/calls';

/** Vapi's endedReason, of which there are over 600, the ones of earlier years included. */
export const VAPI_REASONS: Readonly<Record<string, Disposition>> = {
  'customer-ended-call*': 'answered',
  'assistant-ended-call*': 'answered',
  'assistant-said-end-call-phrase': 'answered',
  'assistant-forwarded-call': 'answered',
  'call.in-progress.twilio-completed-call': 'answered',
  'call.in-progress.sip-completed-call': 'answered',
  'call.ending.hook-executed-*': 'answered',
  'vonage-completed': 'answered',
  'silence-timed-out': 'answered',
  'exceeded-max-duration': 'answered',
  'call.in-progress.error-transfer-failed': 'answered',
  'call.in-progress.error-warm-transfer-*': 'answered',

  'customer-did-not-answer': 'no-answer',
  'call.forwarding.no-answer': 'no-answer',
  'call.in-progress.error-providerfault-outbound-sip-408-*': 'no-answer',
  'call.in-progress.error-providerfault-outbound-sip-480-*': 'no-answer',

  'customer-busy': 'busy',
  'call.forwarding.operator-busy': 'busy',
  'vonage-rejected': 'busy',

  voicemail: 'voicemail',
  'twilio-reported-customer-misdialed': 'invalid-number',

  'manually-canceled': 'canceled',
  'scheduled-call-deleted': 'canceled',
  'call-deleted': 'canceled',

  'call.start.error-subscription-concurrency-limit-reached': 'no-line',

  'call.start.error-subscription-*': 'account',
  'call.start.error-fraud-check-failed': 'account',
  'call.start.error-vapi-number-*': 'account',
  'call.start.error-enterprise-feature-*': 'account',

  'assistant-not-*': 'configuration',
  'assistant-request-*': 'configuration',
  'call-start-error-neither-assistant-nor-server-set': 'configuration',
  'call.start.error-get-*': 'configuration',
  'call.start.assistant-version-error-validation': 'configuration',

  'assistant-error': 'provider-error',
  'assistant-join-timed-out': 'provider-error',
  'call.start.error-vapifault-*': 'provider-error',
  'call.in-progress.error-*': 'provider-error',
  'call.ringing.error-*': 'provider-error',
  'db-error': 'provider-error',
  'no-server-available': 'provider-error',
  'phone-call-provider-*': 'provider-error',
  'pipeline-*': 'provider-error',
  'server-shutdown': 'provider-error',
  'twilio-failed-to-connect-call': 'provider-error',
  'unknown-error': 'provider-error',
  'vonage-*': 'provider-error',
  'worker-shutdown': 'provider-error',
};

/** A reason that is not in the table, as a new one will be, is a failure of a kind not known. */
export const vapiDispositionOf = (reason: string): Disposition => dispositionOf(VAPI_REASONS, reason) ?? 'failed';
