import {
  type TwilioAccount,
  type TwilioCall,
  API_VERSION,
  answeredBy,
  directionOf,
  durationOf,
  endingOf,
  hexOf,
  isRecorded,
  recordedSeconds,
  recordingSidOf,
  recordingUrlOf,
  rfc2822,
} from './twilio-call';

type Form = Record<string, string>;

/** Of a status callback, and of the request for TwiML. @param step initiated, ringing, answered or completed */
export function callbackForm(account: TwilioAccount, call: TwilioCall, step: string, sequence?: number): Form {
  const { startsAt, ringsAt, answeredAt, endsAt } = call.life;
  const at = { initiated: startsAt, ringing: ringsAt, answered: answeredAt, completed: endsAt }[step] ?? Date.now();
  const isOver = step === 'completed';
  const { status, sipCode } = endingOf(call.life);
  const machine = answeredBy(call);
  return {
    ...legForm(account, call),
    CallStatus: isOver ? status : step === 'answered' ? 'in-progress' : step,
    Timestamp: rfc2822(at),
    ...(sequence !== undefined && { CallbackSource: 'call-progress-events', SequenceNumber: String(sequence) }),
    ...(machine !== null && (step === 'answered' || isOver) && { AnsweredBy: machine }),
    ...(isOver && { CallDuration: String(durationOf(call)), Duration: String(Math.ceil(durationOf(call) / 60)), SipResponseCode: String(sipCode) }),
  };
}

/** What the action of a <Dial> is told, as the parent. */
export function dialForm(account: TwilioAccount, parent: TwilioCall, leg: TwilioCall): Form {
  return {
    ...legForm(account, parent),
    CallStatus: parent.life.endsAt === null ? 'in-progress' : endingOf(parent.life).status,
    DialCallSid: leg.id,
    DialCallStatus: endingOf(leg.life).status,
    DialCallDuration: String(durationOf(leg)),
    DialBridged: String(leg.life.answeredAt !== null),
    ...(isRecorded(leg) && { RecordingUrl: recordingUrlOf(account, leg), RecordingSid: recordingSidOf(leg), RecordingDuration: String(recordedSeconds(account, leg)) }),
  };
}

/** The recording of a <Dial> is told of as the parent's. */
export function recordingForm(account: TwilioAccount, leg: TwilioCall): Form {
  return {
    AccountSid: account.accountSid,
    CallSid: leg.parentSid ?? leg.id,
    RecordingSid: recordingSidOf(leg),
    RecordingUrl: recordingUrlOf(account, leg),
    RecordingStatus: 'completed',
    RecordingDuration: String(recordedSeconds(account, leg)),
    RecordingChannels: String(leg.dial?.record?.channels ?? 1),
    RecordingStartTime: rfc2822(leg.life.answeredAt ?? leg.createdAt),
    RecordingSource: 'DialVerb',
    RecordingTrack: 'both',
    ErrorCode: '0',
  };
}

function legForm({ accountSid }: TwilioAccount, call: TwilioCall): Form {
  return {
    CallSid: call.id,
    AccountSid: accountSid,
    From: call.from,
    Caller: call.from,
    To: call.to,
    Called: call.to,
    Direction: directionOf(call),
    ApiVersion: API_VERSION,
    CallToken: hexOf(`token ${call.id}`),
    ...(call.parentSid !== null && { ParentCallSid: call.parentSid }),
  };
}
