import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { CallWork } from './call-provider';
import type { Disposition } from './dispositions';

export type CallKind = 'agent' | 'voice-agent' | 'bridge' | 'recorded';
export type CallDirection = 'outgoing' | 'incoming';

@Entity('calls')
export class Call {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('text')
  kind: CallKind;

  @Column('text', { name: 'provider_name', nullable: true })
  providerName: string | null;

  /** Of the attempt that the provider took. */
  @Column('text', { name: 'provider_id', nullable: true })
  providerId: string | null;

  @Column('bigint', { name: 'connection_id', nullable: true })
  connectionId: number | null;

  @Column('bigint', { name: 'voice_agent_id', nullable: true })
  voiceAgentId: number | null;

  @Column('bigint', { name: 'funnel_conversation_id', nullable: true })
  funnelConversationId: number | null;

  @Column('bigint', { name: 'session_id', nullable: true })
  sessionId: number | null;

  @Column('bigint', { name: 'user_id', nullable: true })
  userId: number | null;

  /** Null where nobody has the number, or the contact was deleted. */
  @Column('bigint', { name: 'contact_id', nullable: true })
  contactId: number | null;

  @Column('bigint', { name: 'team_id', nullable: true })
  teamId: number | null;

  @Column('text', { name: 'from_number' })
  fromNumber: string;

  @Column('text', { name: 'to_number' })
  toNumber: string;

  @Column('text', { name: 'redirected_to', nullable: true })
  redirectedTo: string | null;

  @Column('text')
  direction: CallDirection;

  /** A CallStatus for calls that are dialed here; whatever was sent for recorded ones. */
  @Column('text')
  status: string;

  @Column('text', { nullable: true })
  disposition: Disposition | null;

  /** Seconds. */
  @Column('double precision', { nullable: true })
  duration: number | null;

  @Column('timestamptz', { name: 'start_time' })
  startTime: Date;

  @Column('timestamptz', { name: 'answered_at', nullable: true })
  answeredAt: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;

  @Column('jsonb', { nullable: true })
  metadata: unknown;

  @Column('jsonb', { name: 'custom_data', nullable: true })
  customData: unknown;

  /** What the dialer needs; null for recorded calls. */
  @Column('jsonb', { nullable: true })
  work: CallWork | null;

  /** A bearer secret of the provider's, sealed. */
  @Column('text', { name: 'control_url', nullable: true })
  controlUrl: string | null;

  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true })
  cancelRequestedAt: Date | null;

  @Column('integer', { name: 'last_update_sequence' })
  lastUpdateSequence: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
