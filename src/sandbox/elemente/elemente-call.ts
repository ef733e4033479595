import { type Language, type Line, dialogueOf, greetingOf, languageOf } from '../dialogue';
import type { BookedLife } from '../life-book';
import { type Life, phaseOf, playedSeconds } from '../life';
import { passFor } from '../proofs';

export const CHANNELS = ['call', 'sms', 'whatsapp', 'email', 'webchat'];

/** POST /api/v1/calls, as far as the sandbox looks at it. */
export interface ElementeOrder {
  agentId: string;
  channel: string;
  skillId?: string;
  agentOverride?: { phone?: string; language?: string; prompt?: { initialMessage?: string } };
  customerOverride?: { firstName?: string; lastName?: string; phoneNumber?: string; email?: string; language?: string };
  customerName?: string;
  customerPhone?: string;
  customerEmail?: string;
}

export interface ElementeCall extends BookedLife {
  life: Life;
  order: ElementeOrder;
  /** Phone number or email address, by the channel. */
  address: string;
  baseUrl: string;
  visibleAt: number;
  /** Set by PUT. */
  status?: string;
  note?: string;
}

export interface ElementeAccount {
  username: string;
  password: string;
  speed: number;
}

const URL_LIFETIME_MS = 3_600_000;

const ENDED: Record<Life['ending'], string> = {
  answered: 'completed',
  busy: 'busy',
  'no-answer': 'no-answer',
  voicemail: 'voicemail',
  failed: 'failed',
  misdialed: 'failed',
  'unheard-of': 'sandbox-status-that-nobody-knows',
  canceled: 'canceled',
};

/** What is written is open while it goes on, and never busy. */
const WRITTEN: Record<string, string> = { ringing: 'pending', 'in-progress': 'open', completed: 'closed', busy: 'stalled', 'no-answer': 'expired', voicemail: 'closed' };

export function addressOf({ channel, customerOverride, customerPhone, customerEmail }: ElementeOrder): string | undefined {
  return channel === 'email' ? (customerOverride?.email ?? customerEmail) : (customerOverride?.phoneNumber ?? customerPhone);
}

export function statusAt(call: ElementeCall, at: number): string {
  const phase = phaseOf(call.life, at);
  const status = phase === 'ended' ? (call.status ?? ENDED[call.life.ending]) : phase;
  return call.order.channel === 'call' ? status : (WRITTEN[status] ?? status);
}

/** An interaction as the documentation shows it: it has no time of its own. */
export function callJson(account: ElementeAccount, call: ElementeCall, at: number): Record<string, unknown> {
  const { order, life } = call;
  const isOver = phaseOf(life, at) === 'ended';
  const lines = isOver ? linesOf(account, call) : [];
  const isVoice = order.channel === 'call';
  return {
    id: call.id,
    status: statusAt(call, at),
    agentPhone: order.agentOverride?.phone ?? null,
    agentEmail: null,
    customerPhone: order.customerOverride?.phoneNumber ?? order.customerPhone ?? null,
    customerEmail: order.customerOverride?.email ?? order.customerEmail ?? null,
    agentId: order.agentId,
    customerId: passFor(account.password, `customer ${call.address}`),
    skillId: order.skillId ?? null,
    customerName: order.customerName ?? [order.customerOverride?.firstName, order.customerOverride?.lastName].filter(Boolean).join(' '),
    transcription: lines.map(({ speaker, text }) => `${speaker === 'agent' ? 'Agent' : 'Customer'}: ${text}`).join('\n'),
    recordingUrl: isOver && isVoice && lines.length > 0 ? recordingUrlOf(account, call, at) : null,
    messages: isVoice ? [] : lines.map((line, index) => messageOf(account, call, line, index)),
    duration: isOver && life.answeredAt !== null ? String(Math.ceil(((life.endsAt as number) - life.answeredAt) / 1000)) : '0',
  };
}

export const recordingPass = (account: ElementeAccount, id: string, expires: number): string => passFor(account.password, `recording ${id} ${expires}`);

function recordingUrlOf(account: ElementeAccount, call: ElementeCall, at: number): string {
  const expires = at + URL_LIFETIME_MS;
  return `${call.baseUrl}/recordings/${call.id}.wav?expires=${expires}&signature=${recordingPass(account, call.id, expires)}`;
}

function linesOf(account: ElementeAccount, call: ElementeCall): Line[] {
  const seconds = playedSeconds(call.life, account.speed);
  if (seconds === 0) return [];
  const { agentOverride, customerOverride } = call.order;
  const language: Language = languageOf(agentOverride?.language ?? customerOverride?.language, call.address);
  return call.life.ending === 'voicemail' ? greetingOf(language, seconds) : dialogueOf(language, seconds, agentOverride?.prompt?.initialMessage);
}

const messageOf = (account: ElementeAccount, { id, life, createdAt }: ElementeCall, { speaker, text, start }: Line, index: number) => ({
  sid: `SM${passFor(account.password, `message ${id} ${index}`)}`,
  timestamp: new Date((life.answeredAt ?? createdAt) + (start * 1000) / account.speed).toISOString(),
  sender: speaker === 'agent' ? 'agent' : 'customer',
  content: text,
  mediaUrl: null,
  status: 'delivered',
});
