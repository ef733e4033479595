import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import { assertSameId } from '../../platform/errors/path-identity';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { PhoneNumberNotFound, PhoneNumbersApi } from '../connections';
import { type CreateVoiceAgentDto, type UpdateVoiceAgentDto, VoiceAgentDto } from './dto/voice-agent.dto';
import { AGENT_CHANNELS, VOICE_AGENT_PROVIDERS, VoiceAgent } from './voice-agent.entity';
import { VoiceAgentNotFound } from './voice-agents.errors';

type VoiceAgentValues = Omit<VoiceAgent, 'id' | 'tenantId' | 'assistant' | 'variableDefaults' | 'createdAt' | 'updatedAt'> & { assistant: object | null; variableDefaults: object };

const LIST: ListDefinition<VoiceAgent, VoiceAgentDto> = {
  name: 'voice-agents',
  from: 'voice_agents v',
  columns: `v.id, v.tenant_id AS "tenantId", v.name, v.provider, v.assistant_id AS "assistantId", v.assistant, v.skill_id AS "skillId", v.channel,
    v.phone_number_id AS "phoneNumberId", v.variable_defaults AS "variableDefaults", v.created_at AS "createdAt", v.updated_at AS "updatedAt"`,
  tenantColumn: 'v.tenant_id',
  idColumn: 'v.id',
  fields: {
    id: { type: 'number', sql: 'v.id' },
    name: { type: 'text', sql: 'v.name' },
    provider: { type: 'text', sql: 'v.provider', oneOf: VOICE_AGENT_PROVIDERS },
    assistantId: { type: 'text', sql: 'v.assistant_id' },
    skillId: { type: 'text', sql: 'v.skill_id' },
    channel: { type: 'text', sql: 'v.channel', oneOf: AGENT_CHANNELS },
    phoneNumberId: { type: 'number', sql: 'v.phone_number_id' },
    createdAt: { type: 'instant', sql: 'v.created_at' },
    updatedAt: { type: 'instant', sql: 'v.updated_at' },
  },
  search: (text, sql) => `fold(concat_ws(' ', v.name, v.assistant_id)) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: VoiceAgentDto.from,
};

@Injectable()
export class VoiceAgentsService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly phoneNumbers: PhoneNumbersApi,
  ) {}

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<VoiceAgentDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  async get(ctx: TenantContext, id: number): Promise<VoiceAgentDto> {
    return VoiceAgentDto.from(await this.db.read(ctx, (em) => this.find(em, ctx, id)));
  }

  create(ctx: TenantContext, body: CreateVoiceAgentDto): Promise<VoiceAgentDto> {
    return this.db.write(ctx, async (em) => {
      const values = await this.checked(em, ctx, body, EMPTY);
      const { identifiers } = await em.getRepository(VoiceAgent).insert({ ...values, tenantId: ctx.tenantId });
      return VoiceAgentDto.from(await this.find(em, ctx, (identifiers[0] as { id: number }).id));
    });
  }

  update(ctx: TenantContext, id: number, body: UpdateVoiceAgentDto): Promise<VoiceAgentDto> {
    assertSameId('id', id, body.id);
    return this.db.write(ctx, async (em) => {
      const values = await this.checked(em, ctx, body, await this.find(em, ctx, id, 'for_no_key_update'));
      await em.getRepository(VoiceAgent).update({ tenantId: ctx.tenantId, id }, { ...values, updatedAt: new Date() });
      return VoiceAgentDto.from(await this.find(em, ctx, id));
    });
  }

  /** Calls that were started keep what they were started with. @returns the agent as it was */
  delete(ctx: TenantContext, id: number): Promise<VoiceAgentDto> {
    return this.db.write(ctx, async (em) => {
      const agent = await this.find(em, ctx, id);
      await em.getRepository(VoiceAgent).delete({ tenantId: ctx.tenantId, id });
      return VoiceAgentDto.from(agent);
    });
  }

  /** @throws VoiceAgentNotFound */
  async find(em: EntityManager, ctx: TenantContext, id: number, lock?: 'for_no_key_update'): Promise<VoiceAgent> {
    const agent = await em.getRepository(VoiceAgent).findOne({ where: { tenantId: ctx.tenantId, id }, lock: lock && { mode: lock } });
    if (!agent) throw new VoiceAgentNotFound();
    return agent;
  }

  /** The fields given over those there were, if together they make an agent. @throws ValidationFailed, PhoneNumberNotFound */
  private async checked(em: EntityManager, ctx: TenantContext, body: UpdateVoiceAgentDto, current: VoiceAgentValues): Promise<VoiceAgentValues> {
    const faults = Faults.of(body);
    const values = valuesOf(body, current);
    if (values.name === '') faults.add('name', 'REQUIRED_FIELD', 'must not be empty');
    if (!faults.at('provider')) checkProvider(values, faults);
    faults.throwIfAny();
    const owner = values.phoneNumberId === null ? values.provider : await this.phoneNumbers.providerOf(em, ctx, values.phoneNumberId);
    if (!owner) throw new PhoneNumberNotFound();
    if (owner !== values.provider) faults.add('phoneNumberId', 'INVALID_VALUE', `is a number of ${owner}; give one of ${values.provider}, or leave it out`);
    faults.throwIfAny();
    return values;
  }
}

const EMPTY = {
  name: '',
  provider: 'vapi',
  assistantId: null,
  assistant: null,
  skillId: null,
  channel: 'call',
  phoneNumberId: null,
  variableDefaults: {},
} as const satisfies VoiceAgentValues;

function valuesOf(body: UpdateVoiceAgentDto, current: VoiceAgentValues): VoiceAgentValues {
  const given = <T>(sent: T | undefined, was: T): T => (sent === undefined ? was : sent);
  return {
    name: typeof body.name === 'string' ? body.name.trim() : current.name,
    provider: given(body.provider, current.provider),
    assistantId: given(body.assistantId, current.assistantId) || null,
    assistant: given<object | null>(body.assistant, current.assistant),
    skillId: given(body.skillId, current.skillId) || null,
    channel: given(body.channel, current.channel) ?? EMPTY.channel,
    phoneNumberId: given(body.phoneNumberId, current.phoneNumberId),
    variableDefaults: body.variableDefaults ?? current.variableDefaults,
  };
}

/** What makes an agent differs from provider to provider. */
function checkProvider({ provider, assistantId, assistant, skillId, channel }: VoiceAgentValues, faults: Faults): void {
  if (provider === 'vapi') {
    if (assistantId && assistant) faults.add('assistant', 'INVALID_VALUE', 'cannot stand beside assistantId: send null for one of the two');
    if (!assistantId && !assistant) faults.add('assistantId', 'REQUIRED_FIELD', 'is required, or assistant in its place');
    if (skillId) faults.add('skillId', 'INVALID_VALUE', 'is for Elemente only: leave it out or send null');
    if (channel !== 'call') faults.add('channel', 'INVALID_VALUE', 'must be call: the others are for Elemente only');
  }
  if (provider === 'elemente') {
    if (!assistantId) faults.add('assistantId', 'REQUIRED_FIELD', "is required: Elemente's id of the agent");
    if (assistant) faults.add('assistant', 'INVALID_VALUE', 'is for Vapi only: leave it out or send null');
  }
}
