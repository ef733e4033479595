/** How a call ended, in one vocabulary over all providers, and the status that it gives the call. */
export const DISPOSITIONS = {
  answered: { status: 'completed', meaning: 'Somebody answered, and the call came to its end' },
  busy: { status: 'busy', meaning: 'The line was busy, or the call was declined' },
  'no-answer': { status: 'no-answer', meaning: 'It rang, and nobody answered' },
  voicemail: { status: 'voicemail', meaning: 'A machine answered' },
  'invalid-number': { status: 'failed', meaning: 'The number does not exist or cannot be reached' },
  canceled: { status: 'canceled', meaning: 'It was called off before it ended by itself' },
  'no-line': { status: 'failed', meaning: 'The provider took the call and then had no line for it' },
  account: { status: 'failed', meaning: "The provider's account could not pay for or make the call" },
  configuration: { status: 'failed', meaning: 'The agent, the assistant or the number is not set up rightly at the provider' },
  'provider-error': { status: 'failed', meaning: 'The provider or its network failed; calling again may help' },
  refused: { status: 'failed', meaning: 'The provider refused the request; its message is in metadata.provider' },
  'do-not-call': { status: 'canceled', meaning: 'The number came onto the do-not-call list while the call waited' },
  failed: { status: 'failed', meaning: 'It failed for a reason that is not in this table' },
} as const satisfies Record<string, { status: CallStatus; meaning: string }>;

export type Disposition = keyof typeof DISPOSITIONS;

export type CallStatus = 'scheduled' | 'queued' | 'ringing' | 'in-progress' | 'completed' | 'busy' | 'no-answer' | 'voicemail' | 'failed' | 'canceled';

/** Of a call that has not come to its end. */
export const OPEN_STATUSES = ['scheduled', 'queued', 'ringing', 'in-progress'] as const satisfies CallStatus[];

/** What a reason means by an adapter's table: the whole reason, else the longest prefix that ends with *. Undefined where the table has neither. */
export function dispositionOf(reasons: Readonly<Record<string, Disposition>>, reason: string): Disposition | undefined {
  const whole = Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
  if (whole) return whole;
  const prefixes = Object.keys(reasons).filter((key) => key.endsWith('*') && reason.startsWith(key.slice(0, -1)));
  const longest = prefixes.sort((one, other) => other.length - one.length)[0];
  return longest === undefined ? undefined : reasons[longest];
}
