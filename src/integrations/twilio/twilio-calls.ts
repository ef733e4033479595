import { Injectable } from '@nestjs/common';
import type { CallListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/call';
import type { CallProvider, CallReport, DialOrder, DialResult, SoughtAttempt } from '../../modules/calls';
import type { Connection } from '../../modules/connections';
import type { Lease } from '../../platform/queue/lease';
import { outcomeOf, outcomeOfFailure, unasked } from '../dial-outcome';
import { objectOf, textOf } from '../loose-json';
import { statusUrl, voiceUrl } from './bridge-urls';
import { TWILIO_REASONS } from './twilio-reasons';
import { legOfCall, recordingOf, reportOfAgentLeg, reportOfLegs } from './twilio-report';
import { TwilioSession } from './twilio-session';

const RING_SECONDS = 30;
/** So far, by Twilio's clock, a call may have been made before we dialed it. */
const MADE_BEFORE_MS = 2 * 60_000;
const MAX_LISTED = 1000;

/** Bridge calls by Twilio: the agent's phone first, and the customer's once that is picked up. */
@Injectable()
export class TwilioCalls implements CallProvider {
  readonly name = 'twilio';
  /** Twilio bounds how fast calls are made, not how many go on. */
  readonly defaultLimit = 100;
  readonly paceMs = 1000;
  readonly poll = { firstMs: 30_000, everyMs: 30_000 };
  readonly reasons = TWILIO_REASONS;

  async dial(connection: Connection, { callId, attempt, from, to, work }: DialOrder, lease: Lease): Promise<DialResult> {
    if (work.kind !== 'bridge') return unasked('refused', 'Twilio makes bridge calls only: connect Vapi or Elemente for calls by voice agents.');
    const ids = { callId, attempt };
    const call: CallListInstanceCreateOptions = {
      to: work.agentNumber,
      from: from.number,
      url: voiceUrl(connection, ids, to),
      statusCallback: statusUrl(connection, ids),
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      timeout: RING_SECONDS,
    };
    const session = new TwilioSession(connection, lease);
    const error = await errorOf(() => session.client.calls.create(call));
    const { request, answer } = session;
    // The SDK throws before it asks for a sid that is none, and after it for an answer that is no success.
    if (!request) return unasked('account', (error as Error).message);
    if (!answer) return outcomeOfFailure(request, error);
    const { sid, status } = objectOf(answer.body);
    const providerId = textOf(sid);
    return outcomeOf(request, answer, providerId === undefined ? undefined : { ...reportOfAgentLeg(providerId, { status: textOf(status) ?? 'queued' }), ...ids });
  }

  /** Twilio gives nothing of ours back, so that the first call to the agent since then that is nobody else's has to be it. */
  async find(connection: Connection, { dialedAt, from, work, isOfAnother }: SoughtAttempt): Promise<CallReport | undefined> {
    if (work.kind !== 'bridge') return undefined;
    const since = dialedAt.getTime() - MADE_BEFORE_MS;
    // The newest come first.
    const calls = await new TwilioSession(connection).client.calls.list({ to: work.agentNumber, from: from.number, pageSize: MAX_LISTED, limit: MAX_LISTED });
    const made = calls.filter(({ dateCreated }) => dateCreated.getTime() >= since);
    if (made.length === MAX_LISTED) throw new Error(`Twilio has more than ${MAX_LISTED} calls to the agent since then.`);
    for (const call of made.reverse()) if (!call.parentCallSid && !(await isOfAnother(call.sid))) return reportOfAgentLeg(call.sid, legOfCall(call));
    return undefined;
  }

  async get(connection: Connection, providerId: string): Promise<CallReport | undefined> {
    const { client } = new TwilioSession(connection);
    const agent = await knownOrNot(client.calls(providerId).fetch());
    if (!agent) return undefined;
    const [customer] = await client.calls.list({ parentCallSid: providerId, limit: 1 });
    const [recording] = customer?.status === 'completed' ? await client.calls(providerId).recordings.list({ limit: 1 }) : [];
    return reportOfLegs(providerId, legOfCall(agent), customer && legOfCall(customer), recording && recordingOf(connection, recording.sid, recording));
  }

  /** `canceled` ends a call that nobody has picked up, `completed` one that somebody has; Twilio refuses either for the other. */
  async hangUp(connection: Connection, { providerId }: { providerId: string; controlUrl: string | null }, lease: Lease): Promise<void> {
    const { client } = new TwilioSession(connection, lease);
    const status = (await knownOrNot(client.calls(providerId).fetch()))?.status;
    if (status === 'queued' || status === 'ringing') await client.calls(providerId).update({ status: 'canceled' });
    if (status === 'in-progress') await client.calls(providerId).update({ status: 'completed' });
  }

  /** Recordings and legs are records of their own. */
  async erase(connection: Connection, providerId: string, lease: Lease): Promise<void> {
    const { client } = new TwilioSession(connection, lease);
    const legs = await client.calls.list({ parentCallSid: providerId, limit: MAX_LISTED });
    const sids = [...legs.map(({ sid }) => sid), providerId];
    for (const sid of sids) {
      const recordings = (await knownOrNot(client.calls(sid).recordings.list({ limit: MAX_LISTED }))) ?? [];
      for (const recording of recordings) await knownOrNot(client.recordings(recording.sid).remove());
    }
    for (const sid of sids) await knownOrNot(client.calls(sid).remove());
  }
}

async function errorOf(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function knownOrNot<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as { status?: unknown }).status === 404) return undefined;
    throw error;
  }
}
