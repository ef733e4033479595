import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TenantsService } from '../../modules/accounts';
import { type Connection, ConnectionsApi, InboundWebhooks, PhoneNumbersApi, type WebhookSubject } from '../../modules/connections';
import { RecordHistory, blankPerson, isFault, normaliseAddress } from '../../modules/contacts';
import { InvalidRequest, Unauthorized } from '../../platform/errors/platform.errors';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { subjectKey } from '../../platform/text/subjects';
import { normalisePhone } from '../../platform/text/phone-numbers';
import { isObject, objectOf, textOf } from '../loose-json';
import { isSame } from '../same-secret';
import { type BotmakerEvent, readBotmaker } from './botmaker-reader';

const COMMUNICATION_TYPE = 'BotmakerChatbot';

/** What Botmaker tells of its chats: verified, stored, answered; in the contact's log later. */
@Injectable()
export class BotmakerWebhook {
  constructor(
    private readonly dataSource: DataSource,
    private readonly connections: ConnectionsApi,
    private readonly phoneNumbers: PhoneNumbersApi,
    private readonly tenants: TenantsService,
    private readonly inbound: InboundWebhooks,
    private readonly history: RecordHistory,
  ) {
    inbound.register('botmaker', { idsIn: () => [], apply: (connection, payload) => this.apply(connection, payload) });
  }

  /** @throws Unauthorized, InvalidRequest */
  async receive(connectionId: string | undefined, token: string | string[] | undefined, rawBody: Buffer | undefined, body: unknown): Promise<void> {
    const connection = await this.connections.forWebhook('botmaker', connectionId === undefined ? undefined : Number(connectionId));
    if (!connection?.webhookSecret || typeof token !== 'string' || !rawBody || !isSame(token, connection.webhookSecret)) {
      throw new Unauthorized('auth-bm-token is not the token of this connection: BOTMAKER_WEBHOOK_TOKEN, or the webhookSecret of your own.');
    }
    if (!isObject(body)) throw new InvalidRequest('A webhook of Botmaker has an object as its body.');
    const id = textOf(body.txId) ?? textOf(body.webhookNotificationId);
    const key = id ?? createHash('sha256').update(rawBody).digest('hex');
    await this.inbound.receive(connection, key, { receivedAt: new Date().toISOString(), body });
  }

  private async apply(connection: Connection, payload: Record<string, unknown>): Promise<WebhookSubject | undefined> {
    const body = objectOf(payload.body);
    const event = readBotmaker(body, new Date(String(payload.receivedAt)));
    const ctx = event && (await this.contextOf(connection, event));
    const address = ctx && normaliseAddress(event.channelType, event.address, ctx.defaultCountry);
    if (!address || isFault(address)) return undefined;
    const person = { ...blankPerson(), firstName: event.firstName, lastName: event.lastName, addresses: [address] };
    const response = event.outcome && { communication_type: COMMUNICATION_TYPE, ...event.outcome };
    const contactId = await this.history.tell(ctx, person, { communicationType: COMMUNICATION_TYPE, source: 'webhook', contactedAt: event.at, status: event.status, request: body, response });
    return { tenantId: ctx.tenantId, subjects: contactId === undefined ? [] : [subjectKey('contact', contactId)] };
  }

  /** A tenant's own connection is the tenant's; on the environment's it is who has the number, or the only one there is. */
  private async contextOf(connection: Connection, { channel }: BotmakerEvent): Promise<TenantContext | undefined> {
    const requestId = `webhook of connection ${connection.id}`;
    const owner = connection.tenantId ?? (await this.phoneNumbers.ownerOf(this.dataSource.manager, connection, channel, numberOf(channel)))?.tenantId;
    return owner === undefined ? this.tenants.contextOfOnly(requestId) : this.tenants.contextById(owner, requestId);
  }
}

/** A channel is named after the number that it has, as acme-whatsapp-5215555550199. */
const numberOf = (channel: string): string | undefined => normalisePhone(`+${/\d{8,15}$/.exec(channel)?.[0] ?? ''}`, 'MX');
