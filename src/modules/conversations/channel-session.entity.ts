import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { ChannelType } from '../contacts';

@Entity('channel_sessions')
export class ChannelSession {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('bigint', { name: 'funnel_conversation_id' })
  funnelConversationId: number;

  /** Null once the address was removed. */
  @Column('bigint', { name: 'contact_address_id', nullable: true })
  contactAddressId: number | null;

  @Column('text', { name: 'channel_type' })
  channelType: ChannelType;

  @Column('text', { name: 'messaging_conversation_id', nullable: true })
  messagingConversationId: string | null;

  @Column('timestamptz', { name: 'start_time' })
  startTime: Date;

  @Column('timestamptz', { name: 'end_time', nullable: true })
  endTime: Date | null;

  @Column('timestamptz', { name: 'archived_at', nullable: true })
  archivedAt: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
