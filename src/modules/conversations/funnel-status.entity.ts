import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

@Entity('funnel_statuses')
export class FunnelStatus {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('bigint', { name: 'funnel_id' })
  funnelId: number;

  @Column('text')
  name: string;

  /** From 0; a new conversation starts in the first. */
  @Column('integer')
  position: number;
}
