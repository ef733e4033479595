import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Faults } from '../../platform/errors/faults';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { type CallerNumber, type Connection, ConnectionsApi, PhoneNumbersApi, normaliseNumber } from '../connections';
import { type NormalAddress, isFault, normaliseAddress } from '../contacts';
import { SenderNotFound } from './messages.errors';

/** Who writes to whom, as requests say it. */
@Injectable()
export class Addressing {
  constructor(
    private readonly connections: ConnectionsApi,
    private readonly phoneNumbers: PhoneNumbersApi,
  ) {}

  connectionOf(em: EntityManager, ctx: TenantContext): Promise<Connection> {
    return this.connections.of(em, ctx, 'whatsapp');
  }

  /** @throws SenderNotFound */
  async senderOf(em: EntityManager, ctx: TenantContext, text: string): Promise<CallerNumber> {
    const number = normaliseNumber(text, ctx.defaultCountry);
    const sender = number === undefined ? undefined : await this.phoneNumbers.callerFor(em, ctx, 'whatsapp', { number });
    if (!sender) throw new SenderNotFound(text);
    return sender;
  }

  /** What is wrong is added to `faults`. */
  recipientOf(ctx: TenantContext, connection: Connection, text: string, faults: Faults): NormalAddress | undefined {
    if (faults.at('toPhoneNumber')) return undefined;
    const address = whatsAppAddressOf(ctx, connection, text);
    if (!isFault(address)) return address;
    faults.add('toPhoneNumber', address.code, address.message);
    return undefined;
  }
}

/** A person's address at WhatsApp. The sandbox also takes the documents' own sample number, which no country has. */
export function whatsAppAddressOf(ctx: TenantContext, connection: Connection, text: string): ReturnType<typeof normaliseAddress> {
  const number = connection.sandbox ? normaliseNumber(text, ctx.defaultCountry) : undefined;
  return number === undefined ? normaliseAddress('WHATSAPP', text, ctx.defaultCountry) : { channelType: 'WHATSAPP', address: number, identity: number };
}
