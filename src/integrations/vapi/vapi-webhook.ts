import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InvalidRequest, Unauthorized } from '../../platform/errors/platform.errors';
import { CallReports } from '../../modules/calls';
import { type Connection, ConnectionsApi, InboundWebhooks, type WebhookSubject } from '../../modules/connections';
import { type LooseObject, isObject, objectOf, objectsOf, textOf } from '../loose-json';
import { reportOfMessage } from './vapi-report';
import { type SignedRequest, isFromVapi } from './vapi-signature';

/** What Vapi tells by webhook: verified, stored, answered; applied later. */
@Injectable()
export class VapiWebhook {
  constructor(
    private readonly connections: ConnectionsApi,
    private readonly inbound: InboundWebhooks,
    private readonly reports: CallReports,
  ) {
    inbound.register('vapi', { idsIn: (payload) => callIdsIn(messageOf(payload)), apply: (connection, payload) => this.apply(connection, messageOf(payload)) });
  }

  /** @returns what Vapi expects in answer. @throws Unauthorized, InvalidRequest */
  async receive(connectionId: string | undefined, request: Partial<SignedRequest>, body: unknown): Promise<object> {
    const connection = await this.connections.forWebhook('vapi', connectionId === undefined ? undefined : Number(connectionId));
    const { headers, rawBody } = request;
    if (!connection?.webhookSecret || !headers || !rawBody || !isFromVapi({ headers, rawBody }, connection.webhookSecret)) {
      throw new Unauthorized('This webhook is not signed with the secret of this connection.');
    }
    if (!isObject(body) || !isObject(body.message)) throw new InvalidRequest('A webhook of Vapi has the body {"message": {"type": …}}.');
    await this.inbound.receive(connection, eventKeyOf(body.message, rawBody), body);
    return answerOf(body.message);
  }

  /** What tells nothing to act upon is kept as long as its call is. */
  private async apply(connection: Connection, message: LooseObject): Promise<WebhookSubject | undefined> {
    const report = reportOfMessage(message, connection.baseUrl);
    if (report) return this.reports.apply(connection, report);
    const [callId] = callIdsIn(message);
    return callId === undefined ? { tenantId: connection.tenantId, subjects: [] } : this.reports.about(connection, callId);
  }
}

const messageOf = (payload: LooseObject): LooseObject => objectOf(payload.message);

function callIdsIn(message: LooseObject): string[] {
  const id = textOf(objectOf(message.call).id);
  return id === undefined ? [] : [id];
}

/** A repetition has other presigned urls, so that its body is no key; only what is of no call has nothing better. */
function eventKeyOf(message: LooseObject, rawBody: Buffer): string {
  const callId = textOf(objectOf(message.call).id);
  const type = textOf(message.type) ?? '';
  if (callId === undefined) return `${type} ${createHash('sha256').update(rawBody).digest('hex')}`;
  return [callId, type, textOf(message.status) ?? String(message.timestamp)].join(' ');
}

/** Some messages are questions. Llamador configures no assistant that asks them; one that was configured at Vapi might. */
function answerOf({ type, toolCallList }: LooseObject): object {
  if (type === 'assistant-request') return { error: 'Nobody can be reached under this number.' };
  if (type === 'tool-calls') return { results: objectsOf(toolCallList).map(({ id }) => ({ toolCallId: id, error: 'This tool is not available.' })) };
  return {};
}
