import type { Disposition } from '../../modules/calls';

/** The statuses of the customer's leg; with `agent-` before them, those of the agent's, who was not to be reached then. */
export const TWILIO_REASONS: Readonly<Record<string, Disposition>> = {
  completed: 'answered',
  answered: 'answered',
  busy: 'busy',
  'no-answer': 'no-answer',
  // As Twilio explains it: most likely the number does not exist.
  failed: 'invalid-number',
  canceled: 'canceled',
  'agent-busy': 'no-answer',
  'agent-no-answer': 'no-answer',
  'agent-failed': 'no-answer',
  'agent-canceled': 'canceled',
  // The agent hung up before the customer was called.
  'agent-completed': 'canceled',
};
