import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/** Who leads calls by agents of their own. */
export const VOICE_AGENT_PROVIDERS = ['vapi', 'elemente'] as const;
export type VoiceAgentProvider = (typeof VOICE_AGENT_PROVIDERS)[number];

/** How an agent reaches people. Vapi's call; Elemente's do all of these. */
export const AGENT_CHANNELS = ['call', 'sms', 'whatsapp', 'email', 'webchat'] as const;
export type AgentChannel = (typeof AGENT_CHANNELS)[number];

/** An agent that is configured at a provider, and how we call by it. */
@Entity('voice_agents')
export class VoiceAgent {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('text')
  name: string;

  @Column('text')
  provider: VoiceAgentProvider;

  /** Its id at the provider. */
  @Column('text', { name: 'assistant_id', nullable: true })
  assistantId: string | null;

  /** Vapi: a transient assistant in Vapi's own JSON, in place of assistantId. */
  @Column('jsonb', { nullable: true })
  assistant: Record<string, unknown> | null;

  /** Elemente: what it is to do. */
  @Column('text', { name: 'skill_id', nullable: true })
  skillId: string | null;

  @Column('text', { nullable: true })
  channel: AgentChannel | null;

  /** The number of ours that it calls from; the provider's default where null. */
  @Column('bigint', { name: 'phone_number_id', nullable: true })
  phoneNumberId: number | null;

  /** What contextVariables of a call are laid over. */
  @Column('jsonb', { name: 'variable_defaults' })
  variableDefaults: Record<string, unknown>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
