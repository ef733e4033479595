import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { takeTurn } from '../../platform/database/turns';
import { ValidationFailed } from '../../platform/errors/platform.errors';
import { isId } from '../../platform/text/ids';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { type Connection, ConnectionsApi, PhoneNumbersApi } from '../connections';
import { type BulkResult, ItemLog, type Json, OperationsService, clientRefOf, jsonOf, objectOf, readBatch, reportOf, summaryOf, textOf, warnUnknown } from '../operations';
import type { ConfiguredAgent } from './call-provider';
import { CallNotAllowed, NoCallerNumber } from './calls.errors';
import { type CallRow, type CallUnderWay, CallsRepository, type Lane } from './calls.repository';
import type { StartVoiceAgentCallDto } from './dto/start-call.dto';
import { type CallOrder, QueueCalls, dialable } from './queue-calls';
import type { VoiceAgent } from './voice-agent.entity';
import { VoiceAgentsService } from './voice-agents.service';

interface Caller {
  agent: VoiceAgent;
  connection: Connection;
  from: string;
}

interface Options {
  onDuplicate: 'skip' | 'create';
  dryRun: boolean;
  lane: Lane;
}

/** Calls led by a configured voice agent, one or many: the single call is a bulk of one in the other lane. */
@Injectable()
export class StartVoiceAgentCalls {
  constructor(
    private readonly db: TenantDb,
    private readonly connections: ConnectionsApi,
    private readonly phoneNumbers: PhoneNumbersApi,
    private readonly operations: OperationsService,
    private readonly voiceAgents: VoiceAgentsService,
    private readonly calls: CallsRepository,
    private readonly queue: QueueCalls,
  ) {}

  /** Always calls, also a number that is being called already. @throws VoiceAgentNotFound, ValidationFailed, NoCallerNumber, CallNotAllowed */
  one(ctx: TenantContext, body: StartVoiceAgentCallDto): Promise<CallRow> {
    return this.db.write(ctx, async (em) => {
      const caller = await this.callerOf(em, ctx, body.voiceAgentId);
      const { logs, rows } = await this.start(em, ctx, caller, [body], { onDuplicate: 'create', dryRun: false, lane: 'single' });
      const fault = logs[0]?.errors[0];
      if (fault?.code === 'CALL_NOT_ALLOWED') throw new CallNotAllowed(body.to);
      if (fault) throw new ValidationFailed((logs[0] as ItemLog).errors.map(({ field, code, message }) => ({ path: field, code, message })));
      return rows[0] as CallRow;
    });
  }

  /** Each item on its own, all of it in one transaction, with a report exact to the item. @throws InvalidBatch, VoiceAgentNotFound, NoCallerNumber */
  many(ctx: TenantContext, body: unknown): Promise<BulkResult> {
    const { items, ...options } = readBatch(body, 'calls');
    const { voiceAgentId } = body as { voiceAgentId?: unknown };
    if (voiceAgentId === undefined || voiceAgentId === null) throw new ValidationFailed([{ path: 'voiceAgentId', code: 'REQUIRED_FIELD', message: 'is required' }]);
    if (!isId(voiceAgentId)) throw new ValidationFailed([{ path: 'voiceAgentId', code: 'INVALID_TYPE', message: 'must be an id: a whole number above 0' }]);
    return this.db.writeBulk(ctx, async (em) => {
      const caller = await this.callerOf(em, ctx, voiceAgentId);
      const { logs } = await this.start(em, ctx, caller, items, { ...options, lane: 'bulk' });
      const report = reportOf(logs);
      return this.operations.record(em, ctx, 'calls.bulkStart', summaryOf(report.counts, 'queued', options.dryRun), report, !options.dryRun);
    });
  }

  private async callerOf(em: EntityManager, ctx: TenantContext, voiceAgentId: number): Promise<Caller> {
    const agent = await this.voiceAgents.find(em, ctx, voiceAgentId);
    const connection = await this.connections.of(em, ctx, agent.provider);
    const number = await this.phoneNumbers.callerFor(em, ctx, agent.provider, { id: agent.phoneNumberId ?? undefined });
    // Elemente's agents have numbers of their own.
    if (!number && agent.provider === 'vapi') {
      throw new NoCallerNumber('The voice agent has no number to call from: give it a phoneNumberId, or add a number of provider vapi with POST /api/v1/phone-numbers.');
    }
    return { agent, connection, from: number?.number ?? '' };
  }

  /**
   * Two lists at once would each find nobody under way. A single call, and onDuplicate create, need no turn: they call in any
   * case, and one that came while a list was read is one that came after it. A dry run waits for nobody.
   */
  private async underWay(em: EntityManager, ctx: TenantContext, numbers: string[], dryRun: boolean): Promise<Map<string, CallUnderWay>> {
    if (!dryRun) await takeTurn(em, 'calls.bulk-start', ctx.tenantId);
    return this.calls.underWay(em, ctx, numbers);
  }

  private async start(em: EntityManager, ctx: TenantContext, caller: Caller, items: unknown[], options: Options): Promise<{ logs: ItemLog[]; rows: CallRow[] }> {
    const logs = items.map((_, index) => new ItemLog(index));
    const orders = items.map((item, at) => readItem(ctx, caller, item, logs[at] as ItemLog));
    const numbers = orders.flatMap((order) => (order ? [order.to] : []));
    const listed = await this.calls.listed(em, ctx, numbers);
    const underWay = options.onDuplicate === 'skip' ? await this.underWay(em, ctx, numbers, options.dryRun) : new Map<string, CallUnderWay>();

    const first = new Map<string, number>();
    const wanted: { order: CallOrder; log: ItemLog }[] = [];
    orders.forEach((order, at) => {
      const log = logs[at] as ItemLog;
      if (!order) return;
      if (listed.has(order.to)) return log.error('to', 'CALL_NOT_ALLOWED', `${order.to} is on the do-not-call list`);
      if (options.onDuplicate === 'skip' && isDuplicate(order.to, log, underWay, first)) return;
      first.set(order.to, at);
      wanted.push({ order, log });
    });
    if (options.dryRun || wanted.length === 0) return { logs, rows: [] };
    const rows = await this.queue.execute(
      em,
      ctx,
      caller.connection,
      wanted.map(({ order }) => order),
      options.lane,
    );
    wanted.forEach(({ log }, at) => (log.itemId = rows[at]?.id ?? null));
    return { logs, rows };
  }
}

/** Nobody is called twice because a list was sent twice, or has a number twice. */
function isDuplicate(to: string, log: ItemLog, underWay: Map<string, CallUnderWay>, first: Map<string, number>): boolean {
  const call = underWay.get(to);
  const index = first.get(to);
  if (call) {
    const { callId, waits } = call;
    if (waits) log.warn('to', 'DUPLICATE_IN_QUEUE', `${to} waits to be called by call ${callId}`, { callId });
    else log.warn('to', 'CALL_UNDER_WAY', `${to} is being called by call ${callId}`, { callId });
    log.itemId = callId;
    log.existingEntities = { calls: [{ id: callId }] };
  } else if (index !== undefined) log.warn('to', 'DUPLICATE_IN_BATCH', `${to} is the number of item ${index} already`, { index });
  else return false;
  log.duplicate = true;
  return true;
}

const MAX_TO = 320;
// voiceAgentId is of the single call, whose body is read as an item, too.
const KEYS: ReadonlySet<string> = new Set(['to', 'contextVariables', 'customData', 'clientRef', 'voiceAgentId']);

function readItem(ctx: TenantContext, { agent, connection, from }: Caller, sent: unknown, log: ItemLog): CallOrder | undefined {
  const item = objectOf(sent, '', log);
  if (!item) return undefined;
  warnUnknown(item, KEYS, '', log);
  log.clientRef = clientRefOf(item, log);
  const contextVariables = jsonOf(item, 'contextVariables', log) ?? {};
  const customData = jsonOf(item, 'customData', log);
  const to = toOf(ctx, agent, connection, item, log);
  if (log.failed || to === undefined) return undefined;
  return { kind: 'voice-agent', from, to, work: workOf(agent, contextVariables), userId: ctx.actor.userId, voiceAgentId: agent.id, customData };
}

function toOf(ctx: TenantContext, agent: VoiceAgent, connection: Connection, item: Json, log: ItemLog): string | undefined {
  const faults = log.errors.length;
  const text = textOf(item, 'to', '', MAX_TO, log);
  const address = text === null ? undefined : addressOf(ctx, agent, connection, text);
  if (address !== undefined || log.errors.length > faults) return address;
  if (text === null) log.error('to', 'REQUIRED_FIELD', 'is required');
  else if (agent.channel === 'email') log.error('to', 'INVALID_EMAIL', 'is not an email address');
  else log.error('to', 'INVALID_PHONE', 'is not a valid phone number; give it with its country code, as +525512345678');
  return undefined;
}

function addressOf(ctx: TenantContext, agent: VoiceAgent, connection: Connection, text: string): string | undefined {
  if (agent.channel !== 'email') return dialable(ctx, connection, text);
  const email = text.trim().toLowerCase();
  return isEmail(email) ? email : undefined;
}

/** variableDefaults overlaid with contextVariables, and nothing else. */
const workOf = (agent: VoiceAgent, contextVariables: Record<string, unknown>): ConfiguredAgent => ({
  kind: 'voice-agent',
  assistantId: agent.assistantId,
  assistant: agent.assistant,
  skillId: agent.skillId,
  channel: agent.channel,
  variables: { ...agent.variableDefaults, ...contextVariables },
});
