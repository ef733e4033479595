import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** A number that must not be called. */
@Entity('do_not_call_entries')
export class DoNotCallEntry {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  /** E.164. */
  @Column('text')
  number: string;

  @Column('text', { nullable: true })
  reason: string | null;

  /** Where it comes from: a list, a call, a person. */
  @Column('text', { nullable: true })
  source: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
