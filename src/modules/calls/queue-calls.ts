import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeNotices } from '../../platform/database/change-notices';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { normalisePhone } from '../../platform/text/phone-numbers';
import { type Connection, DIAL_TOPIC, normaliseNumber } from '../connections';
import { ContactsApi } from '../contacts';
import type { CallProviderName, CallWork } from './call-provider';
import type { CallKind } from './call.entity';
import { type CallRow, CallsRepository, type Lane } from './calls.repository';

/** A call that is to be dialed as soon as there is a line. */
export interface CallOrder {
  kind: Exclude<CallKind, 'recorded'>;
  /** Empty where the provider has a number of its own. */
  from: string;
  /** E.164, or an email for the channels that have one. */
  to: string;
  work: CallWork;
  userId?: number | null;
  /** Whose number it is, where that is known already. */
  contactId?: number;
  voiceAgentId?: number;
  customData?: unknown;
}

/** Where every call that is dialed begins: one row of calls and one of the queue, whatever asked for it. */
@Injectable()
export class QueueCalls {
  constructor(
    private readonly contacts: ContactsApi,
    private readonly calls: CallsRepository,
    private readonly notices: ChangeNotices,
  ) {}

  /** Any number of calls by one connection: four statements, and the dialer wakes on commit. In the order given. */
  async execute(em: EntityManager, ctx: TenantContext, connection: Connection, orders: CallOrder[], lane: Lane): Promise<CallRow[]> {
    const owners = await this.contacts.ownersOf(
      em,
      ctx,
      orders.map(({ to }) => to),
    );
    const startTime = new Date();
    const rows = await this.calls.insert(
      em,
      ctx,
      orders.map((order) => ({
        ...order,
        contactId: order.contactId ?? owners.get(order.to) ?? null,
        status: 'queued',
        direction: 'outgoing',
        startTime,
        providerName: connection.provider as CallProviderName,
        connectionId: connection.id,
        metadata: { provider: { name: connection.provider } },
      })),
    );
    await this.calls.enqueue(
      em,
      ctx,
      rows.map(({ id }) => id),
      lane,
    );
    await this.notices.announce(em, DIAL_TOPIC, connection.id);
    return rows;
  }
}

/** A number to be called, in its normal form; undefined where it is none. The sandbox also takes the documents' own sample number. */
export function dialable(ctx: TenantContext, connection: Connection, text: string): string | undefined {
  return connection.sandbox ? normaliseNumber(text, ctx.defaultCountry) : normalisePhone(text, ctx.defaultCountry);
}
