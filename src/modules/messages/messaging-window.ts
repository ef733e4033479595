import type { MessagingConversationRow } from './messaging-conversations.repository';

const WINDOW_MS = 24 * 3_600_000;

type Written = Pick<MessagingConversationRow, 'last_inbound_at'>;

/** For 24 hours after a person's message anything may be sent to them (WhatsApp's customer service window). Undefined where they never wrote. */
export const windowEndOf = ({ last_inbound_at: at }: Written): Date | undefined => (at === null ? undefined : new Date(Date.parse(at) + WINDOW_MS));

export const isWindowOpen = (conversation: Written): boolean => (windowEndOf(conversation)?.getTime() ?? 0) > Date.now();
