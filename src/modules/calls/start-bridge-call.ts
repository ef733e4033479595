import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { AccountsApi } from '../accounts';
import { type Connection, ConnectionsApi, PhoneNumbersApi, SANDBOX_PHONES } from '../connections';
import { CallNotAllowed, NoCallerNumber } from './calls.errors';
import { type CallRow, CallsRepository } from './calls.repository';
import type { StartBridgeCallDto } from './dto/start-call.dto';
import { QueueCalls, dialable } from './queue-calls';

/** Two phones joined by Twilio: the agent's rings first, then the customer's. */
@Injectable()
export class StartBridgeCall {
  constructor(
    private readonly db: TenantDb,
    private readonly accounts: AccountsApi,
    private readonly connections: ConnectionsApi,
    private readonly phoneNumbers: PhoneNumbersApi,
    private readonly calls: CallsRepository,
    private readonly queue: QueueCalls,
  ) {}

  /** @throws ValidationFailed, NoCallerNumber, CallNotAllowed */
  execute(ctx: TenantContext, body: StartBridgeCallDto): Promise<CallRow> {
    return this.db.write(ctx, async (em) => {
      const connection = await this.connections.of(em, ctx, 'twilio');
      const numbers = numbersOf(ctx, connection, body);
      const agentNumber = numbers.from ?? (await this.accounts.agentPhoneOf(em, ctx)) ?? (connection.sandbox ? SANDBOX_PHONES.agent : undefined);
      if (agentNumber === undefined) throw new NoCallerNumber(NO_AGENT_PHONE);
      const from = (await this.phoneNumbers.callerFor(em, ctx, 'twilio', {}))?.number ?? (connection.sandbox ? SANDBOX_PHONES.caller : undefined);
      if (from === undefined) throw new NoCallerNumber('There is no number to call from: add one of provider twilio with POST /api/v1/phone-numbers.');
      if ((await this.calls.listed(em, ctx, [numbers.to])).has(numbers.to)) throw new CallNotAllowed(numbers.to);
      const customData = customDataOf(body);
      const order = { kind: 'bridge' as const, from, to: numbers.to, work: { kind: 'bridge' as const, agentNumber }, userId: ctx.actor.userId, customData };
      const [call] = await this.queue.execute(em, ctx, connection, [order], 'single');
      return call as CallRow;
    });
  }
}

const NO_AGENT_PHONE =
  "A bridge rings an agent's phone first: send it as from, use the API key of a user who has a phoneNumber, or set agentPhone with PUT /api/v1/settings.";

/** As it was sent. What was sent for the provider stands beside it, where there is any. */
function customDataOf({ callCustomData, providerData }: StartBridgeCallDto): Record<string, unknown> | undefined {
  if (!providerData || Object.keys(providerData).length === 0) return callCustomData ?? undefined;
  return callCustomData ? { ...callCustomData, providerData } : providerData;
}

/** @throws ValidationFailed with both, where both are wrong */
function numbersOf(ctx: TenantContext, connection: Connection, body: StartBridgeCallDto): { from: string | undefined; to: string } {
  const faults = Faults.of(body);
  const read = (field: 'from' | 'to'): string | undefined => {
    const text = body[field];
    const number = text === undefined || text === null ? undefined : dialable(ctx, connection, text);
    if (text !== undefined && text !== null && number === undefined)
      faults.add(field, 'INVALID_PHONE', 'is not a valid phone number; give it with its country code, as +525512345678');
    return number;
  };
  const numbers = { from: read('from'), to: read('to') };
  faults.throwIfAny();
  return { from: numbers.from, to: numbers.to as string };
}
