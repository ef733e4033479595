import type { Connection } from '../../modules/connections';
import { type BridgeIds, dialUrl, recordingUrl, statusUrl } from './bridge-urls';
import { twilioSdk } from './twilio-sdk';

const RING_SECONDS = 30;

/** What the agent hears while the customer's phone rings. */
const CONNECTING = {
  'en-US': 'Connecting your call.',
  'es-MX': 'Conectando su llamada.',
} as const;

/** The countries of the +1 speak English to us; our other agents, Spanish. */
const languageOf = (agentNumber: string): keyof typeof CONNECTING => (agentNumber.startsWith('+1') ? 'en-US' : 'es-MX');

/** What Twilio does once the agent has picked up: call the customer, join the two when that is answered, and record from then on. */
export function bridgeTwiml(connection: Connection, ids: BridgeIds, numbers: { agent: string; callerId: string; to: string }): string {
  const response = new (twilioSdk().twiml.VoiceResponse)();
  const language = languageOf(numbers.agent);
  response.say({ language }, CONNECTING[language]);
  const dial = response.dial({
    callerId: numbers.callerId,
    answerOnBridge: true,
    timeout: RING_SECONDS,
    record: 'record-from-answer-dual',
    recordingStatusCallback: recordingUrl(connection, ids),
    action: dialUrl(connection, ids),
  });
  dial.number({ statusCallback: statusUrl(connection, ids), statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'] }, numbers.to);
  return response.toString();
}

/** Nothing more: the call ends. */
export const noTwiml = (): string => new (twilioSdk().twiml.VoiceResponse)().toString();
