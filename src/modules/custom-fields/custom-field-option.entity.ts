import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

@Entity('custom_field_options')
export class CustomFieldOption {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('bigint', { name: 'definition_id' })
  definitionId: number;

  @Column('text')
  value: string;

  @Column('text', { nullable: true })
  label: string | null;

  @Column('text', { nullable: true })
  description: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
