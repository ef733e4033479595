/** What can open a task by itself, and what the task says unless it is told otherwise. */
export const TRIGGERS = {
  'call.unanswered': { objective: 'Call {name} back at {address}: {reason}', meaning: 'A call that ended without answer' },
  'message.undelivered': { objective: 'Reach {name} at {address} in another way: {reason}', meaning: 'A message that cannot be delivered' },
} as const;

export type Trigger = keyof typeof TRIGGERS;
export const TRIGGER_NAMES = Object.keys(TRIGGERS) as Trigger[];

/** A day. */
export const DEFAULT_DUE_MINUTES = 24 * 60;

/** What can stand in an objective. */
export type Blanks = Record<'name' | 'address' | 'reason', string>;

export const filledIn = (objective: string, blanks: Blanks): string => objective.replace(/\{(name|address|reason)\}/g, (_, blank: keyof Blanks) => blanks[blank]);
