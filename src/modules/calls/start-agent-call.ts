import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { AccountsApi, UserNotFound } from '../accounts';
import { ConnectionsApi, PhoneNumbersApi } from '../connections';
import { ContactsApi, type Person } from '../contacts';
import { agentPromptOf, localizationOf } from './agent-prompt';
import type { DescribedAgent } from './call-provider';
import { CallNotAllowed, NoCallerNumber } from './calls.errors';
import { type CallRow, CallsRepository } from './calls.repository';
import type { AgentCallContactInfoDto, StartAgentCallDto } from './dto/start-call.dto';
import { QueueCalls, dialable } from './queue-calls';

/** A call led by an agent that the request itself describes; always by Vapi, which alone takes such agents. */
@Injectable()
export class StartAgentCall {
  constructor(
    private readonly db: TenantDb,
    private readonly accounts: AccountsApi,
    private readonly connections: ConnectionsApi,
    private readonly phoneNumbers: PhoneNumbersApi,
    private readonly contacts: ContactsApi,
    private readonly calls: CallsRepository,
    private readonly queue: QueueCalls,
  ) {}

  /** @throws ValidationFailed, NoCallerNumber, CallNotAllowed, UserNotFound */
  execute(ctx: TenantContext, body: StartAgentCallDto): Promise<CallRow> {
    return this.db.write(ctx, async (em) => {
      const connection = await this.connections.of(em, ctx, 'vapi');
      const to = dialable(ctx, connection, body.toPhoneNumber);
      const faults = Faults.of(body);
      if (to === undefined) faults.add('toPhoneNumber', 'INVALID_PHONE', 'is not a valid phone number; give it with its country code, as +525512345678');
      for (const [key, value] of Object.entries(body.contactInfo?.additionalInfo ?? {})) {
        if (typeof value !== 'string') faults.add(`contactInfo.additionalInfo.${key}`, 'INVALID_TYPE', 'must be text');
      }
      faults.throwIfAny();
      const number = to as string;
      const from = await this.callerOf(em, ctx, body.fromPhoneNumber);
      if ((await this.calls.listed(em, ctx, [number])).has(number)) throw new CallNotAllowed(number);
      if (body.userId !== undefined && !(await this.accounts.knownUsers(em, ctx, [body.userId])).has(body.userId)) throw new UserNotFound();
      const contactId = body.contactInfo ? await this.contactOf(em, ctx, number, body.contactInfo) : undefined;
      const order = { kind: 'agent' as const, from, to: number, work: agentOf(ctx, body), userId: body.userId ?? ctx.actor.userId, contactId, customData: body.customData };
      const [call] = await this.queue.execute(em, ctx, connection, [order], 'single');
      return call as CallRow;
    });
  }

  private async callerOf(em: EntityManager, ctx: TenantContext, number: string | undefined): Promise<string> {
    const caller = await this.phoneNumbers.callerFor(em, ctx, 'vapi', { number });
    if (caller) return caller.number;
    throw new NoCallerNumber(
      number === undefined
        ? 'There is no number to call from: add one of provider vapi with POST /api/v1/phone-numbers.'
        : `${number} is none of your numbers at Vapi: add it with POST /api/v1/phone-numbers, or leave fromPhoneNumber out.`,
    );
  }

  /** Whose the number is; somebody new where nobody has it. What is known of them already stays as it is. */
  private async contactOf(em: EntityManager, ctx: TenantContext, phone: string, info: AgentCallContactInfoDto): Promise<number | undefined> {
    const person: Person = {
      firstName: info.firstName?.trim() || null,
      lastName: info.lastName?.trim() || null,
      nationalId: null,
      companyPosition: null,
      userId: null,
      customFields: { ...info.additionalInfo, ...(info.company && { company: info.company }) },
      addresses: [{ channelType: 'PHONE', address: phone, identity: phone }],
    };
    const contact = await this.contacts.findOrCreate(em, ctx, person);
    return 'code' in contact ? undefined : contact.id; // one address leads to one person at most
  }
}

function agentOf(ctx: TenantContext, body: StartAgentCallDto): DescribedAgent {
  const prompt = agentPromptOf({
    objectives: body.objectives,
    constraints: body.constraints ?? [],
    taskSteps: body.taskSteps ?? [],
    knowledgeBase: body.knowledgeBase,
    personality: body.personality,
    contact: body.contactInfo,
    customData: body.customData,
    localization: body.localization ?? localizationOf(ctx.defaultCountry),
  });
  const { additionalInfo, ...contact } = body.contactInfo ?? {};
  return {
    kind: 'agent',
    ...prompt,
    variables: { ...contact, ...additionalInfo, ...body.customData },
    maxDurationSeconds: body.maxDurationSeconds,
    providerConfig: body.providerConfig,
  };
}
