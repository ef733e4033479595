import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';
import type { ProviderName } from './connection';

/** What a number can be used for. */
export const CAPABILITIES = ['call', 'sms', 'whatsapp'] as const;
export type Capability = (typeof CAPABILITIES)[number];

@Entity('phone_numbers')
export class PhoneNumber {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  /** E.164. */
  @Column('text')
  number: string;

  @Column('text')
  provider: ProviderName;

  /** The number's id at the provider. */
  @Column('text', { name: 'provider_id', nullable: true })
  providerId: string | null;

  @Column('text', { array: true })
  capabilities: Capability[];

  /** Of at most one number of a provider. */
  @Column('boolean', { name: 'is_default' })
  isDefault: boolean;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
