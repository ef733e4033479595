import { Injectable } from '@nestjs/common';
import { Unauthorized } from '../../platform/errors/platform.errors';
import { isId } from '../../platform/text/ids';
import { type CallReport, CallReports } from '../../modules/calls';
import { type Connection, ConnectionsApi, InboundWebhooks, type WebhookSubject } from '../../modules/connections';
import { type LooseObject, objectOf, textOf } from '../loose-json';
import { bridgeTwiml, noTwiml } from './bridge-twiml';
import { legOfForm, recordingOf, reportOfAgentLeg, reportOfCustomerLeg, reportOfDial } from './twilio-report';
import { twilioSdk } from './twilio-sdk';

/** A callback as it came. */
export interface TwilioRequest {
  /** Path and query, byte by byte: what was signed. */
  url: string;
  signature: string | undefined;
  connectionId: string | undefined;
  query: Readonly<Record<string, string>>;
  form: unknown;
}

type Kind = 'status' | 'dial' | 'recording';

/** What Twilio asks and tells by webhook: verified, stored, answered; applied later. */
@Injectable()
export class TwilioWebhook {
  constructor(
    private readonly connections: ConnectionsApi,
    private readonly inbound: InboundWebhooks,
    private readonly reports: CallReports,
  ) {
    inbound.register('twilio', { idsIn: (payload) => callIdsIn(objectOf(payload.form)), apply: (connection, payload) => this.apply(connection, payload) });
  }

  /** The agent has picked up: what now? @returns TwiML. @throws Unauthorized */
  async voice(request: TwilioRequest): Promise<string> {
    const connection = await this.connectionOf(request);
    const { To, From } = objectOf(request.form);
    return bridgeTwiml(
      connection,
      { callId: Number(request.query.callId), attempt: Number(request.query.attempt) },
      { agent: textOf(To) ?? '', callerId: textOf(From) ?? '', to: request.query.to ?? '' },
    );
  }

  /** @returns TwiML that ends the call: <Dial> asks for it once it is done. @throws Unauthorized */
  async receive(kind: Kind, request: TwilioRequest): Promise<string> {
    const connection = await this.connectionOf(request);
    const form = objectOf(request.form);
    const { CallSid, CallStatus, DialCallStatus, RecordingSid, RecordingStatus } = form;
    const event = { status: CallStatus, dial: DialCallStatus, recording: `${textOf(RecordingSid)} ${textOf(RecordingStatus)}` }[kind];
    await this.inbound.receive(connection, [textOf(CallSid), kind, textOf(event)].join(' '), { kind, query: request.query, form });
    return noTwiml();
  }

  /** What tells nothing to act upon is kept as long as its call is. */
  private async apply(connection: Connection, payload: LooseObject): Promise<WebhookSubject | undefined> {
    const { kind, query } = payload;
    const form = objectOf(payload.form);
    const report = reportOf(connection, kind, form);
    const [sid] = callIdsIn(form);
    if (!report) return sid === undefined ? { tenantId: connection.tenantId, subjects: [] } : this.reports.about(connection, sid);
    const [callId, attempt] = [Number(objectOf(query).callId), Number(objectOf(query).attempt)];
    return this.reports.apply(connection, isId(callId) && isId(attempt) ? { ...report, callId, attempt } : report);
  }

  /** Our public url is what Twilio signed, whatever a proxy has made of it on the way. */
  private async connectionOf({ url, signature, connectionId, form }: TwilioRequest): Promise<Connection> {
    const connection = await this.connections.forWebhook('twilio', connectionId === undefined ? undefined : Number(connectionId));
    const below = url.slice(`/webhooks/twilio${connectionId === undefined ? '' : `/${connectionId}`}`.length);
    const token = connection?.credentials.authToken;
    if (!connection || !token || !signature || !twilioSdk().validateRequest(token, signature, `${connection.webhookUrl}${below}`, objectOf(form))) {
      throw new Unauthorized('This webhook is not signed with the auth token of this connection, for this url.');
    }
    return connection;
  }
}

/** The call that we asked for comes first: the other leg's is no call of ours. */
const callIdsIn = ({ ParentCallSid, CallSid }: LooseObject): string[] => [ParentCallSid, CallSid].map(textOf).filter((sid) => sid !== undefined);

function reportOf(connection: Connection, kind: unknown, form: LooseObject): CallReport | undefined {
  const [sid, parentSid, recordingSid] = [form.CallSid, form.ParentCallSid, form.RecordingSid].map(textOf);
  if (sid === undefined) return undefined;
  if (kind === 'dial') return reportOfDial(form);
  if (kind === 'status') return parentSid === undefined ? reportOfAgentLeg(sid, legOfForm(form)) : reportOfCustomerLeg(parentSid, legOfForm(form));
  if (kind !== 'recording' || recordingSid === undefined || form.RecordingStatus !== 'completed') return undefined;
  return {
    providerId: sid,
    recording: recordingOf(connection, recordingSid, { channels: form.RecordingChannels, duration: form.RecordingDuration, startTime: form.RecordingStartTime }),
  };
}
