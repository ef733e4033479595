import type { CallReport } from '../../modules/calls';
import { isId } from '../../platform/text/ids';
import { type LooseObject, instantOf, isObject, numberOf, objectOf, objectsOf, secondsBetween, textOf } from '../loose-json';
import { vapiDispositionOf } from './vapi-reasons';

const PHASES = new Map<unknown, CallReport['phase']>([
  ['scheduled', 'queued'],
  ['queued', 'queued'],
  ['ringing', 'ringing'],
  ['in-progress', 'in-progress'],
  ['forwarding', 'in-progress'],
  ['ended', 'ended'],
]);

/** Nobody spoke: there is no recording and no transcript to wait for. */
const UNANSWERED = new Set<CallReport['disposition']>(['busy', 'no-answer', 'invalid-number', 'no-line', 'account', 'configuration']);

/** How long after its end Vapi may still be at work on a call's recording and transcript. */
const ARTIFACTS_MS = 60_000;

/** What Vapi says of a call, in answer to a request. @returns undefined where it is no call */
export function reportOfCall(call: unknown, baseUrl: string): CallReport | undefined {
  const report = statusOf(objectOf(call));
  if (report?.phase !== 'ended') return report;
  const artifacts = artifactsOf(objectOf(call), report, baseUrl);
  const told = artifacts.transcription !== undefined && artifacts.recording !== undefined;
  const complete = told || UNANSWERED.has(report.disposition) || Date.now() - Date.parse(report.endedAt ?? '') >= ARTIFACTS_MS;
  return complete ? { ...report, ...artifacts, complete } : report;
}

/** What Vapi says of a call by a webhook. @returns undefined for what changes nothing */
export function reportOfMessage(message: LooseObject, baseUrl: string): CallReport | undefined {
  const { type, timestamp } = message;
  const call = objectOf(message.call);
  if (type === 'status-update') {
    const startedAt = message.status === 'in-progress' ? (call.startedAt ?? timestamp) : call.startedAt;
    const endedAt = message.status === 'ended' ? (call.endedAt ?? timestamp) : undefined;
    return statusOf({ ...call, ...newsOf(message), startedAt, endedAt });
  }
  if (type !== 'end-of-call-report') return undefined;
  const told = { ...call, ...newsOf(message), status: 'ended' };
  const report = statusOf(told);
  return report && { ...report, ...artifactsOf(told, report, baseUrl), complete: true };
}

/** A message says of a call, in its own fields, what the call within it does not say yet. */
function newsOf(message: LooseObject): LooseObject {
  const news = ['status', 'endedReason', 'startedAt', 'endedAt', 'destination', 'artifact', 'analysis', 'cost'];
  return Object.fromEntries(news.flatMap((field) => (message[field] === undefined || message[field] === null ? [] : [[field, message[field]]])));
}

function statusOf(call: LooseObject): CallReport | undefined {
  const providerId = textOf(call.id);
  if (providerId === undefined) return undefined;
  const status = textOf(call.status);
  const reason = textOf(call.endedReason);
  const phase = PHASES.get(status);
  const disposition = phase === 'ended' && reason !== undefined ? vapiDispositionOf(reason) : undefined;
  const startedAt = instantOf(call.startedAt);
  const endedAt = phase === 'ended' ? instantOf(call.endedAt) : undefined;
  const answered = phase === 'in-progress' || (phase === 'ended' && !UNANSWERED.has(disposition));
  const destination = objectOf(call.destination);
  return {
    providerId,
    ...ourIdsOf(call),
    phase,
    disposition,
    providerStatus: status,
    providerReason: phase === 'ended' ? reason : undefined,
    startedAt,
    answeredAt: answered ? startedAt : undefined,
    endedAt,
    durationSeconds: answered ? secondsBetween(startedAt, endedAt) : undefined,
    redirectedTo: textOf(destination.number) ?? textOf(destination.sipUri),
    controlUrl: textOf(objectOf(call.monitor).controlUrl),
  };
}

/** Not from customer.externalId: calls that others make by the same account have ids of theirs there. */
function ourIdsOf(call: LooseObject): Pick<CallReport, 'callId' | 'attempt'> {
  const { callId, attempt } = objectOf(objectOf(call.assistantOverrides).metadata);
  return isId(callId) && isId(attempt) ? { callId, attempt } : {};
}

/** What is there once a call has come to its end. */
function artifactsOf(call: LooseObject, { providerId, startedAt, durationSeconds }: CallReport, baseUrl: string): Partial<CallReport> {
  const artifact = objectOf(call.artifact);
  const stereo = [artifact.stereoRecordingUrl, artifact.presignedStereoUrl, objectOf(artifact.recording).stereoUrl].some(textOf);
  const recorded = stereo || [artifact.recordingUrl, artifact.presignedMonoUrl].some(textOf) || isObject(artifact.recording);
  return {
    summary: textOf(objectOf(call.analysis).summary),
    cost: numberOf(call.cost),
    transcription: transcriptionOf(artifact),
    // The urls in the artifact answer nobody any more, or not for long: this one does.
    recording: recorded
      ? { url: `${baseUrl}/call/${encodeURIComponent(providerId)}/${stereo ? 'stereo' : 'mono'}-recording`, dualChannel: stereo, durationSeconds, startTime: startedAt }
      : undefined,
  };
}

const SPEAKERS = new Map<unknown, string>([
  ['bot', 'agent'],
  ['assistant', 'agent'],
  ['user', 'contact'],
]);

/** The whole text, and who said what, in seconds from the start. */
function transcriptionOf(artifact: LooseObject): CallReport['transcription'] {
  const segments = objectsOf(artifact.messages).flatMap(({ role, message, secondsFromStart, duration }) => {
    const speaker = SPEAKERS.get(role);
    const text = textOf(message);
    if (speaker === undefined || text === undefined) return [];
    const start = numberOf(secondsFromStart) ?? 0;
    const milliseconds = numberOf(duration);
    return [{ speaker, text, start, end: milliseconds === undefined ? null : start + milliseconds / 1000 }];
  });
  const text = textOf(artifact.transcript) ?? segments.map((segment) => `${segment.speaker === 'agent' ? 'AI' : 'User'}: ${segment.text}`).join('\n');
  return text === '' ? undefined : { text, segments };
}
