import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

@Entity('conversations')
export class Conversation {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  /** Null once the contact was deleted. */
  @Column('bigint', { name: 'contact_id', nullable: true })
  contactId: number | null;

  @Column('bigint', { name: 'user_id', nullable: true })
  userId: number | null;

  @Column('bigint', { name: 'funnel_id' })
  funnelId: number;

  @Column('bigint', { name: 'funnel_status_id', nullable: true })
  funnelStatusId: number | null;

  @Column('jsonb', { name: 'custom_fields' })
  customFields: Record<string, unknown>;

  @Column('timestamptz', { name: 'archived_at', nullable: true })
  archivedAt: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
