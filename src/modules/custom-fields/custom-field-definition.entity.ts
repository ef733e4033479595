import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';
import type { EntityType, FieldType } from './custom-field.types';

@Entity('custom_field_definitions')
export class CustomFieldDefinition {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('text', { name: 'entity_type' })
  entityType: EntityType;

  @Column('text', { name: 'field_key' })
  fieldKey: string;

  @Column('text', { name: 'field_label', nullable: true })
  fieldLabel: string | null;

  @Column('text', { name: 'field_type' })
  fieldType: FieldType;

  @Column('text', { nullable: true })
  description: string | null;

  /** Grows with what a value must fit. */
  @Column('integer', { default: 1 })
  revision: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
