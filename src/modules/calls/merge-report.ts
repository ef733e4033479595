import type { CallReport } from './call-provider';
import type { CallRow } from './calls.repository';
import { DISPOSITIONS, type CallStatus, type Disposition } from './dispositions';

/** What a report can change of a call. */
export type CallState = Pick<CallRow, 'status' | 'disposition' | 'provider_id' | 'duration' | 'start_time' | 'answered_at' | 'ended_at' | 'redirected_to' | 'metadata'>;

const RANK: Record<CallStatus, number> = { scheduled: 0, queued: 1, ringing: 2, 'in-progress': 3, completed: 4, busy: 4, 'no-answer': 4, voicemail: 4, failed: 4, canceled: 4 };

const rankOf = (status: string): number => RANK[status as CallStatus] ?? 0;

/** Whether a call has come to its end. */
export const isTerminal = (status: string): boolean => rankOf(status) === RANK.completed;

interface ProviderNotes {
  name?: string;
  status?: string;
  reason?: string;
  message?: string;
  summary?: string;
  cost?: number;
}

/**
 * A call as it stands after a report, whichever order reports come in: the status only moves forward, the first end stays,
 * and what an older or a repeated report brings fills blanks only.
 */
export function mergeReport(call: CallState, report: CallReport): CallState {
  const end = endOf(call, report);
  const status = end ? DISPOSITIONS[end].status : report.phase === undefined || report.phase === 'ended' ? call.status : report.phase;
  const forward = rankOf(status) > rankOf(call.status);
  const current = rankOf(status) >= rankOf(call.status);
  return {
    status: forward ? status : call.status,
    disposition: call.disposition ?? (forward && end ? end : null),
    provider_id: report.providerId,
    start_time: report.startedAt ?? call.start_time,
    answered_at: call.answered_at ?? report.answeredAt ?? null,
    ended_at: call.ended_at ?? report.endedAt ?? null,
    duration: call.duration ?? report.durationSeconds ?? null,
    redirected_to: call.redirected_to ?? report.redirectedTo ?? null,
    metadata: withNotes(call.metadata, {
      ...(current && report.providerStatus !== undefined && { status: report.providerStatus }),
      ...(report.providerReason !== undefined && { reason: report.providerReason }),
      ...(report.summary !== undefined && { summary: report.summary }),
      ...(report.cost !== undefined && { cost: report.cost }),
    }),
  };
}

/** How the call ended by this report; undefined while it goes on, or while that is still to come. */
function endOf(call: CallState, report: CallReport): Disposition | undefined {
  if (report.phase !== 'ended') return undefined;
  if (report.disposition) return report.disposition;
  if (!report.complete) return undefined;
  return call.answered_at !== null || report.answeredAt !== undefined ? 'answered' : 'failed';
}

/** metadata.provider holds the provider's own words. */
export function withNotes(metadata: unknown, notes: ProviderNotes): unknown {
  const base = typeof metadata === 'object' && metadata !== null ? (metadata as { provider?: ProviderNotes }) : {};
  return { ...base, provider: { ...base.provider, ...notes } };
}
