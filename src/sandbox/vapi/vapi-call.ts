import { createHash } from 'node:crypto';
import { type Language, type Line, dialogueOf, greetingOf, languageOf, summaryOf } from '../dialogue';
import { type Life, TIMINGS, phaseOf, playedSeconds } from '../life';
import { passFor } from '../proofs';
import type { PlayedLife } from '../step-player';
import type { Assistant, VapiOrder } from './order-rules';

export interface VapiCall extends PlayedLife {
  life: Life;
  order: VapiOrder;
  /** Of the sandbox's Vapi, as its caller wrote it. */
  baseUrl: string;
  /** Look-ups do not see it before. */
  visibleAt: number;
}

/** The account that is played: its key signs urls, too. */
export interface VapiAccount {
  apiKey: string;
  speed: number;
}

const ENDED_REASONS: Record<Life['ending'], string> = {
  answered: 'customer-ended-call',
  busy: 'customer-busy',
  'no-answer': 'customer-did-not-answer',
  voicemail: 'voicemail',
  failed: 'call.in-progress.error-providerfault-outbound-sip-503-service-unavailable',
  misdialed: 'twilio-reported-customer-misdialed',
  'unheard-of': 'sandbox-reason-that-nobody-knows',
  canceled: 'manually-canceled',
};

/** USD a minute. */
const PRICES = { transport: 0.014, vapi: 0.05 };
const URL_LIFETIME_MS = 300_000;

export const assistantOf = ({ order }: VapiCall): Assistant => ({ ...order.assistant, ...order.assistantOverrides });

export const isRecorded = (call: VapiCall): boolean => call.life.answeredAt !== null && assistantOf(call).artifactPlan?.recordingEnabled !== false;

/** When its artifacts are there, and the end-of-call-report is sent. */
export const reportedAt = (call: VapiCall, speed: number): number => (call.life.endsAt ?? Infinity) + (TIMINGS.report * 1000) / speed;

/** A Call of Vapi's specification, as it is at that time, in epoch milliseconds. */
export function callJson(account: VapiAccount, call: VapiCall, at: number): Record<string, unknown> {
  const { order, life } = call;
  const phase = phaseOf(life, at);
  const reported = at >= reportedAt(call, account.speed);
  return {
    id: call.id,
    ...(order.assistantId !== undefined && { assistantId: order.assistantId }),
    ...(order.assistant !== undefined && { assistant: order.assistant }),
    ...(order.phoneNumberId !== undefined && { phoneNumberId: order.phoneNumberId }),
    ...(order.name !== undefined && { name: order.name }),
    type: 'outboundPhoneCall',
    createdAt: iso(call.createdAt),
    updatedAt: iso(updatedAt(account, call, at)),
    orgId: uuidOf(account.apiKey),
    cost: 0,
    customer: order.customer,
    status: phase,
    phoneCallProvider: 'twilio',
    ...(phase !== 'queued' && { phoneCallProviderId: twilioSidOf(call), phoneCallTransport: 'pstn' }),
    ...(order.assistantOverrides !== undefined && { assistantOverrides: order.assistantOverrides }),
    monitor: monitorOf(account, call),
    transport: { conversationType: 'voice', provider: 'twilio', accountSid: `AC${hexOf(account.apiKey)}`, ...(phase !== 'queued' && { callSid: twilioSidOf(call) }) },
    ...(life.answeredAt !== null && life.answeredAt <= at && { startedAt: iso(life.answeredAt) }),
    ...(phase === 'ended' && { endedAt: iso(life.endsAt as number), endedReason: ENDED_REASONS[life.ending] }),
    ...(reported && reportOf(account, call, at)),
  };
}

/** What is known once a call was worked up: money, summary, transcript, recording. */
export function reportOf(account: VapiAccount, call: VapiCall, at: number): Record<string, unknown> {
  const minutes = playedSeconds(call.life, account.speed) / 60;
  const [transport, vapi] = [money(minutes * PRICES.transport), money(minutes * PRICES.vapi)];
  const { language, lines } = talkOf(account, call);
  return {
    cost: money(transport + vapi),
    costs: [
      { type: 'transport', provider: 'twilio', minutes, cost: transport },
      { type: 'vapi', subType: 'normal', minutes, cost: vapi },
    ],
    costBreakdown: { transport, stt: 0, llm: 0, tts: 0, vapi, total: money(transport + vapi) },
    analysis: lines.length === 0 ? {} : { summary: summaryOf(language, call.life.ending === 'voicemail'), successEvaluation: String(call.life.ending === 'answered') },
    artifact: artifactOf(account, call, lines, at),
  };
}

function artifactOf(account: VapiAccount, call: VapiCall, lines: Line[], at: number): Record<string, unknown> {
  const answeredAt = call.life.answeredAt ?? call.createdAt;
  return {
    transcript: lines.map(({ speaker, text }) => `${speaker === 'agent' ? 'AI' : 'User'}: ${text}\n`).join(''),
    messages: lines.map(({ speaker, text, start, end }) => ({
      role: speaker === 'agent' ? 'bot' : 'user',
      message: text,
      time: Math.round(answeredAt + (start * 1000) / account.speed),
      endTime: Math.round(answeredAt + (end * 1000) / account.speed),
      secondsFromStart: Number(start.toFixed(2)),
      duration: Math.round((end - start) * 1000),
    })),
    messagesOpenAIFormatted: lines.map(({ speaker, text }) => ({ role: speaker === 'agent' ? 'assistant' : 'user', content: text })),
    variableValues: assistantOf(call).variableValues ?? {},
    ...(isRecorded(call) && recordingUrls(account, call, at)),
  };
}

/** Those that stand in the call need a signature since 2026; those that are presigned last five minutes. */
function recordingUrls(account: VapiAccount, call: VapiCall, at: number): Record<string, unknown> {
  const [mono, stereo] = [storageUrl(call, 'mono'), storageUrl(call, 'stereo')];
  return {
    recordingUrl: mono,
    stereoRecordingUrl: stereo,
    recording: { stereoUrl: stereo, mono: { combinedUrl: mono } },
    presignedMonoUrl: presignedUrl(account, call, 'mono', at),
    presignedStereoUrl: presignedUrl(account, call, 'stereo', at),
    presignedUrlsExpiresAt: iso(at + URL_LIFETIME_MS),
  };
}

export type RecordingKind = 'mono' | 'stereo';

export const presignedUrl = (account: VapiAccount, call: VapiCall, kind: RecordingKind, at: number): string => {
  const expires = at + URL_LIFETIME_MS;
  return `${storageUrl(call, kind)}?expires=${expires}&signature=${recordingPass(account, call.id, kind, expires)}`;
};

export const recordingPass = (account: VapiAccount, callId: string, kind: RecordingKind, expires: number): string =>
  passFor(account.apiKey, `recording ${callId} ${kind} ${expires}`);

export const controlPass = (account: VapiAccount, callId: string): string => passFor(account.apiKey, `control ${callId}`);

const storageUrl = (call: VapiCall, kind: RecordingKind): string => `${call.baseUrl}/storage/${call.id}/${kind}.wav`;

function monitorOf(account: VapiAccount, call: VapiCall): Record<string, string> {
  const live = `${call.baseUrl}/live/${call.id}/${controlPass(account, call.id)}`;
  return { listenUrl: `${live.replace(/^http/, 'ws')}/listen`, controlUrl: `${live}/control` };
}

function talkOf(account: VapiAccount, call: VapiCall): { language: Language; lines: Line[] } {
  const assistant = assistantOf(call);
  const language = languageOf(assistant.transcriber?.language, call.order.customer.number);
  const seconds = playedSeconds(call.life, account.speed);
  if (seconds === 0) return { language, lines: [] };
  if (call.life.ending === 'voicemail') return { language, lines: greetingOf(language, seconds) };
  return { language, lines: dialogueOf(language, seconds, filledIn(assistant)) };
}

/** `{{name}}` in the first message is said as its value. */
const filledIn = ({ firstMessage, variableValues = {} }: Assistant): string | undefined =>
  firstMessage?.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => {
    const value = variableValues[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  });

/** When it last changed, up to that time. */
export function updatedAt({ speed }: VapiAccount, call: VapiCall, at: number): number {
  const { ringsAt, answeredAt, endsAt } = call.life;
  const changes = [call.createdAt, ringsAt, answeredAt, endsAt, reportedAt(call, speed)];
  return Math.max(...changes.filter((time): time is number => time !== null && time <= at));
}

const twilioSidOf = (call: VapiCall): string => `CA${hexOf(call.id)}`;
const hexOf = (seed: string): string => createHash('sha256').update(seed).digest('hex').slice(0, 32);
const uuidOf = (seed: string): string => hexOf(seed).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
const iso = (time: number): string => new Date(time).toISOString();
const money = (amount: number): number => Number(amount.toFixed(4));
