import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

@Entity('users')
export class User {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('text')
  name: string;

  @Column('text', { nullable: true })
  email: string | null;

  /** E.164: the agent's phone for bridge calls. */
  @Column('text', { name: 'phone_number', nullable: true })
  phoneNumber: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
