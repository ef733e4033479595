import { type CallReport, type Disposition, dispositionOf } from '../../modules/calls';
import { instantOf, numberOf, objectOf, objectsOf, textOf } from '../loose-json';
import { OUR_FIELD } from './elemente-request';

/** The statuses that end an interaction: Elemente gives no other reasons. */
export const ELEMENTE_REASONS: Readonly<Record<string, Disposition>> = {
  completed: 'answered',
  close: 'answered',
  closed: 'answered',
  resolved: 'answered',
  voicemail: 'voicemail',
  busy: 'busy',
  'no-answer': 'no-answer',
  canceled: 'canceled',
  failed: 'failed',
  stalled: 'failed',
  expired: 'failed',
};

const UNDER_WAY = new Map<unknown, CallReport['phase']>([
  ['queued', 'queued'],
  ['pending', 'queued'],
  ['processing', 'queued'],
  ['open', 'queued'],
  ['ringing', 'ringing'],
  ['answer', 'in-progress'],
  ['in-progress', 'in-progress'],
  ['ongoing', 'in-progress'],
]);

/** How long after an interaction's end its transcription may still be to come, where Elemente tells when that was. */
const TRANSCRIPTION_MS = 60_000;

/** @returns undefined where it is no interaction */
export function reportOfInteraction(interaction: unknown): CallReport | undefined {
  const { id, status, duration, updatedAt, recordingUrl } = objectOf(interaction);
  const providerId = textOf(id) ?? (typeof id === 'number' ? String(id) : undefined);
  if (providerId === undefined) return undefined;
  const providerStatus = textOf(status);
  const phase = UNDER_WAY.get(status);
  const report = { providerId, ...ourIdsOf(interaction), providerStatus, phase };
  const disposition = dispositionOf(ELEMENTE_REASONS, providerStatus ?? '') ?? (phase === undefined && hasEnded(interaction) ? 'failed' : undefined);
  if (!disposition) return report;
  const endedAt = instantOf(updatedAt);
  const transcription = transcriptionOf(interaction);
  const url = textOf(recordingUrl);
  return {
    ...report,
    phase: 'ended',
    disposition,
    providerReason: providerStatus,
    endedAt,
    durationSeconds: disposition === 'answered' ? numberOf(duration) : undefined,
    transcription,
    recording: url === undefined ? undefined : { url },
    complete: disposition !== 'answered' || transcription !== undefined || endedAt === undefined || Date.now() - Date.parse(endedAt) >= TRANSCRIPTION_MS,
  };
}

/** Where the answer is a list in an envelope, or one interaction in place of a list. */
export function interactionsOf(body: unknown): Record<string, unknown>[] {
  if (Array.isArray(body)) return objectsOf(body);
  const { data, items, results, id } = objectOf(body);
  return id === undefined ? objectsOf(data ?? items ?? results) : [{ ...objectOf(body) }];
}

/** By what is there only after the end: the status is one that nobody knows. */
const hasEnded = (interaction: unknown): boolean => textOf(objectOf(interaction).recordingUrl) !== undefined || (numberOf(objectOf(interaction).duration) ?? 0) > 0;

function ourIdsOf(interaction: unknown): Pick<CallReport, 'callId' | 'attempt'> {
  const { customFields, customerOverride } = objectOf(interaction);
  const field = objectsOf(customFields ?? objectOf(customerOverride).customFields).find(({ name }) => name === OUR_FIELD);
  const [, callId, attempt] = /^(\d{1,15})-(\d{1,9})$/.exec(textOf(field?.value) ?? '') ?? [];
  return callId === undefined ? {} : { callId: Number(callId), attempt: Number(attempt) };
}

/** `transcription`, or the messages of a conversation in text. */
function transcriptionOf(interaction: unknown): CallReport['transcription'] {
  const { transcription, messages } = objectOf(interaction);
  const said = objectsOf(messages).filter(({ content }) => textOf(content));
  const first = Date.parse(String(said[0]?.timestamp));
  const segments = said.map(({ sender, content, timestamp }) => {
    const start = (Date.parse(String(timestamp)) - first) / 1000;
    return { speaker: sender === 'agent' ? 'agent' : 'contact', text: String(content), start: start >= 0 ? start : 0, end: null };
  });
  const text = textOf(transcription) ?? segments.map((segment) => `${segment.speaker}: ${segment.text}`).join('\n');
  return text === '' ? undefined : { text, segments };
}
