import { type CallReport, dispositionOf } from '../../modules/calls';
import type { Connection } from '../../modules/connections';
import { type LooseObject, instantOf, numberOf, textOf } from '../loose-json';
import { TWILIO_REASONS } from './twilio-reasons';

/** One of the two calls of a bridge, from a callback or from the API. */
export interface Leg {
  status: string;
  startedAt?: string;
  /** The event's own time, or the end's. */
  at?: string;
  /** From the answer to the end. */
  durationSeconds?: number;
}

const UNDER_WAY = new Map<string, CallReport['phase']>([
  ['queued', 'queued'],
  ['initiated', 'queued'],
  ['ringing', 'ringing'],
]);

/** How long after a call's end its recording may still be in the making. */
const RECORDING_MS = 60_000;

export function legOfForm(form: LooseObject): Leg {
  return { status: textOf(form.CallStatus) ?? '', at: instantOf(form.Timestamp), durationSeconds: numberOf(form.CallDuration) };
}

export function legOfCall(call: { status: string; startTime: Date | null; endTime: Date | null; duration: string | null }): Leg {
  return { status: call.status, startedAt: call.startTime?.toISOString(), at: call.endTime?.toISOString(), durationSeconds: numberOf(call.duration) };
}

/** The agent's leg, by whose sid the call goes. Its end frees the line; how the call went, the customer's leg tells, if there was one. */
export function reportOfAgentLeg(providerId: string, { status, startedAt, at }: Leg): CallReport {
  const report = { providerId, providerStatus: status, startedAt };
  // The agent has picked up, and nobody else yet.
  if (status === 'in-progress') return { ...report, phase: 'ringing' };
  if (status === 'completed') return { ...report, phase: 'ended', endedAt: at };
  const reason = `agent-${status}`;
  const disposition = dispositionOf(TWILIO_REASONS, reason);
  return disposition ? { ...report, phase: 'ended', endedAt: at, disposition, providerReason: reason, complete: true } : { ...report, phase: UNDER_WAY.get(status) };
}

/** The customer's leg: the call's result is its. */
export function reportOfCustomerLeg(providerId: string, { status, at, durationSeconds }: Leg): CallReport {
  const report = { providerId, providerStatus: status };
  if (status === 'in-progress') return { ...report, phase: 'in-progress', answeredAt: at };
  const disposition = dispositionOf(TWILIO_REASONS, status);
  if (!disposition) return { ...report, phase: UNDER_WAY.get(status) && 'ringing' };
  const ended = { ...report, phase: 'ended' as const, endedAt: at, disposition, providerReason: status };
  if (disposition !== 'answered') return { ...ended, complete: true };
  return { ...ended, durationSeconds, answeredAt: at === undefined || durationSeconds === undefined ? undefined : instantOf(Date.parse(at) - durationSeconds * 1000) };
}

/** What <Dial> tells when it is done. */
export function reportOfDial(form: LooseObject): CallReport {
  return reportOfCustomerLeg(textOf(form.CallSid) ?? '', { status: textOf(form.DialCallStatus) ?? '', durationSeconds: numberOf(form.DialCallDuration) });
}

/** What the API knows of a call: both legs and the recording. */
export function reportOfLegs(providerId: string, agent: Leg, customer: Leg | undefined, recording: CallReport['recording']): CallReport {
  const agentReport = reportOfAgentLeg(providerId, agent);
  if (!customer) return agent.status === 'completed' ? { ...agentReport, ...neverConnected(agent) } : agentReport;
  const report = { ...reportOfCustomerLeg(providerId, customer), startedAt: agent.startedAt };
  if (report.disposition !== 'answered') return report;
  return { ...report, recording, complete: recording !== undefined || Date.now() - Date.parse(report.endedAt ?? '') >= RECORDING_MS };
}

const neverConnected = ({ status }: Leg): Partial<CallReport> => ({ disposition: TWILIO_REASONS[`agent-${status}`], providerReason: `agent-${status}`, complete: true });

export function recordingOf(
  { baseUrl, credentials: { accountSid } }: Connection,
  sid: string,
  told: { channels: unknown; duration: unknown; startTime: unknown },
): CallReport['recording'] {
  return {
    url: `${baseUrl}/2010-04-01/Accounts/${accountSid}/Recordings/${encodeURIComponent(sid)}.wav`,
    providerId: sid,
    dualChannel: numberOf(told.channels) === 2,
    durationSeconds: numberOf(told.duration),
    startTime: instantOf(told.startTime),
  };
}
