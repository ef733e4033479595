import type { MessageError, MessageStatusReport } from './message-provider';
import type { MessageState, MessageStatus } from './messages.repository';

const RANK: Record<MessageStatus, number> = { pending: 0, sent: 1, failed: 2, delivered: 3, read: 4, received: 5 };

/**
 * A message as it stands after a status, whichever order statuses come in, and however often: it only moves forward, and what
 * has been delivered to one device of a person has not failed, whatever becomes of the others.
 */
export function mergeStatus(message: MessageState, report: MessageStatusReport): MessageState {
  const status = RANK[report.status] > RANK[message.status] ? report.status : message.status;
  const { provider, ...metadata } = message.metadata as { provider?: Record<string, unknown> & { errors?: MessageError[] } };
  const { errors: earlier = [], ...notes } = provider ?? {};
  const errors = distinct([...message.errors, ...earlier, ...report.errors]);
  const failed = status === 'failed';
  return {
    ...message,
    status,
    provider_id: message.provider_id ?? report.providerId,
    recipient: { ...message.recipient, providerId: message.recipient.providerId ?? report.recipient.phone ?? report.recipient.userId ?? null },
    errors: failed ? errors : [],
    metadata: { ...metadata, provider: { ...notes, ...report.details, ...(!failed && errors.length > 0 && { errors }) } },
    // Whoever waited for word of it has it.
    asked_at: null,
    sent_at: report.status === 'sent' ? earliest(message.sent_at, report.at) : message.sent_at,
    delivered_at: report.status === 'delivered' ? earliest(message.delivered_at, report.at) : message.delivered_at,
    read_at: report.status === 'read' ? earliest(message.read_at, report.at) : message.read_at,
    failed_at: report.status === 'failed' ? earliest(message.failed_at, report.at) : message.failed_at,
  };
}

const earliest = (known: string | null, at: string): string => (known !== null && Date.parse(known) <= Date.parse(at) ? known : at);

const distinct = (errors: MessageError[]): MessageError[] => [...new Map(errors.map((error) => [error.code, error])).values()].sort((one, other) => one.code - other.code);
