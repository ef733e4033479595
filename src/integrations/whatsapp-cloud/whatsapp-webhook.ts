import { Injectable } from '@nestjs/common';
import { ConnectionsApi, type Connection, InboundWebhooks } from '../../modules/connections';
import { MessageReports } from '../../modules/messages';
import { Forbidden, Unauthorized } from '../../platform/errors/platform.errors';
import { objectOf, textOf } from '../loose-json';
import { isSame } from '../same-secret';
import { isSigned } from './whatsapp-signature';
import { eventsOf } from './whatsapp-events';
import { readEvent } from './whatsapp-reader';

/** What WhatsApp tells by webhook: verified, stored, answered; applied later. */
@Injectable()
export class WhatsAppWebhook {
  constructor(
    private readonly connections: ConnectionsApi,
    private readonly inbound: InboundWebhooks,
    private readonly reports: MessageReports,
  ) {
    inbound.register('whatsapp', {
      idsIn: (payload) => [textOf(objectOf(payload.event).id)].filter((id) => id !== undefined),
      apply: (connection, payload) => {
        const event = readEvent(payload);
        return event ? this.reports.apply(connection, event) : Promise.resolve({ tenantId: connection.tenantId, subjects: [] });
      },
    });
  }

  /** WhatsApp asks whether the url is ours. @returns what proves it @throws Forbidden */
  async verify(connectionId: string | undefined, query: Readonly<Record<string, unknown>>): Promise<string> {
    const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = query;
    const right = (await this.connectionOf(connectionId))?.credentials.verifyToken;
    if (mode !== 'subscribe' || typeof token !== 'string' || typeof challenge !== 'string' || !right || !isSame(token, right)) {
      throw new Forbidden("hub.verify_token is not the word that this connection was given: WHATSAPP_VERIFY_TOKEN, or the connection's credentials.");
    }
    return challenge;
  }

  /** @throws Unauthorized */
  async receive(connectionId: string | undefined, signature: string | string[] | undefined, rawBody: Buffer | undefined, body: unknown): Promise<void> {
    const connection = await this.connectionOf(connectionId);
    if (!connection || !rawBody || !isSigned(rawBody, signature, connection.credentials.appSecret ?? '')) {
      throw new Unauthorized('This webhook is not signed with the app secret of this connection.');
    }
    await this.inbound.receiveAll(connection, eventsOf(body));
  }

  private connectionOf(id: string | undefined): Promise<Connection | undefined> {
    return this.connections.forWebhook('whatsapp', id === undefined ? undefined : Number(id));
  }
}
