import { createHash } from 'node:crypto';
import { type Life, phaseOf, playedSeconds } from '../life';
import { scriptOf } from '../magic-numbers';
import type { PlayedLife } from '../step-player';
import type { Dial, Method } from './twiml';

/** One leg: of a bridge, the parent is the agent's, and its child the customer's. */
export interface TwilioCall extends PlayedLife {
  life: Life;
  parentSid: string | null;
  to: string;
  from: string;
  /** What the parent does once it is picked up. */
  instructions?: { url: string; method: Method } | { twiml: string };
  callback?: string;
  callbackMethod: Method;
  /** initiated, ringing, answered, completed */
  callbackEvents: string[];
  detectsMachines: boolean;
  /** Of the sandbox's Twilio, as its caller wrote it. */
  baseUrl: string;
  visibleAt: number;
  /** The <Dial> that rang a child, and what its parent dials after it. */
  dial?: Dial;
  nextDials?: Dial[];
  /** Somebody has had it deleted. */
  recordingRemoved?: boolean;
}

export interface TwilioAccount {
  accountSid: string;
  authToken: string;
  speed: number;
}

export const API_VERSION = '2010-04-01';

/** The status of a leg that has ended, and what the network says of it. */
const ENDINGS: Record<Life['ending'], { status: string; sipCode: number }> = {
  answered: { status: 'completed', sipCode: 200 },
  voicemail: { status: 'completed', sipCode: 200 },
  busy: { status: 'busy', sipCode: 486 },
  'no-answer': { status: 'no-answer', sipCode: 487 },
  failed: { status: 'failed', sipCode: 503 },
  misdialed: { status: 'failed', sipCode: 404 },
  'unheard-of': { status: 'failed', sipCode: 699 },
  canceled: { status: 'canceled', sipCode: 487 },
};

export function statusAt({ life }: TwilioCall, at: number): string {
  const phase = phaseOf(life, at);
  return phase === 'ended' ? endingOf(life).status : phase;
}

/** A leg that was picked up is completed, also where somebody hung it up. */
export const endingOf = (life: Life): { status: string; sipCode: number } => (life.ending === 'canceled' && life.answeredAt !== null ? ENDINGS.answered : ENDINGS[life.ending]);

/** By the clock; what was begun counts. */
export const durationOf = ({ life }: TwilioCall): number => (life.answeredAt === null || life.endsAt === null ? 0 : Math.ceil((life.endsAt - life.answeredAt) / 1000));

export const answeredBy = (call: TwilioCall): string | null => {
  if (!call.detectsMachines || call.life.answeredAt === null) return null;
  return scriptOf(call.to).ending === 'voicemail' ? 'machine_start' : 'human';
};

/** As Twilio's specification has a call. */
export function callJson({ accountSid }: TwilioAccount, call: TwilioCall, at: number): Record<string, unknown> {
  const { life } = call;
  const isOver = phaseOf(life, at) === 'ended';
  const uri = `/${API_VERSION}/Accounts/${accountSid}/Calls/${call.id}`;
  return {
    sid: call.id,
    account_sid: accountSid,
    parent_call_sid: call.parentSid,
    to: call.to,
    to_formatted: call.to,
    from: call.from,
    from_formatted: call.from,
    phone_number_sid: `PN${hexOf(call.from)}`,
    status: statusAt(call, at),
    start_time: life.ringsAt !== null && life.ringsAt <= at ? rfc2822(life.ringsAt) : null,
    end_time: isOver ? rfc2822(life.endsAt as number) : null,
    duration: isOver ? String(durationOf(call)) : null,
    price: null,
    price_unit: 'USD',
    direction: directionOf(call),
    answered_by: isOver ? answeredBy(call) : null,
    api_version: API_VERSION,
    caller_name: null,
    date_created: rfc2822(call.createdAt),
    date_updated: rfc2822(Math.max(call.createdAt, ...[life.ringsAt, life.answeredAt, life.endsAt].filter((time): time is number => time !== null && time <= at))),
    forwarded_from: null,
    group_sid: null,
    queue_time: String(Math.round(life.startsAt - call.createdAt)),
    trunk_sid: null,
    uri: `${uri}.json`,
    subresource_uris: { recordings: `${uri}/Recordings.json` },
  };
}

/** The recording of a bridge: it is the parent's, made from the child's talk. */
export function recordingJson(account: TwilioAccount, child: TwilioCall): Record<string, unknown> {
  const sid = recordingSidOf(child);
  const startedAt = rfc2822(child.life.answeredAt ?? child.createdAt);
  return {
    sid,
    account_sid: account.accountSid,
    call_sid: child.parentSid,
    conference_sid: null,
    api_version: API_VERSION,
    date_created: startedAt,
    date_updated: rfc2822(child.life.endsAt ?? child.createdAt),
    start_time: startedAt,
    duration: String(recordedSeconds(account, child)),
    channels: child.dial?.record?.channels ?? 1,
    source: 'DialVerb',
    status: 'completed',
    error_code: null,
    track: 'both',
    price: null,
    price_unit: 'USD',
    encryption_details: null,
    uri: `/${API_VERSION}/Accounts/${account.accountSid}/Recordings/${sid}.json`,
  };
}

export const recordingUrlOf = ({ accountSid }: TwilioAccount, child: TwilioCall): string =>
  `${child.baseUrl}/${API_VERSION}/Accounts/${accountSid}/Recordings/${recordingSidOf(child)}`;
export const recordedSeconds = ({ speed }: TwilioAccount, child: TwilioCall): number => Math.ceil(playedSeconds(child.life, speed));
export const isRecorded = ({ dial, life, recordingRemoved }: TwilioCall): boolean => !recordingRemoved && dial?.record !== undefined && life.answeredAt !== null && life.answeredAt !== life.endsAt;
export const recordingSidOf = (child: TwilioCall): string => `RE${hexOf(child.id)}`;
export const directionOf = ({ parentSid }: TwilioCall): string => (parentSid === null ? 'outbound-api' : 'outbound-dial');
export const rfc2822 = (time: number): string => new Date(time).toUTCString().replace('GMT', '+0000');
export const hexOf = (seed: string): string => createHash('sha256').update(seed).digest('hex').slice(0, 32);
