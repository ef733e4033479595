import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { ChannelType } from './contact-identity';

@Entity('contact_addresses')
export class ContactAddress {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('bigint', { name: 'contact_id' })
  contactId: number;

  @Column('text', { name: 'channel_type' })
  channelType: ChannelType;

  @Column('text')
  address: string;

  /** Held by the first of a contact's addresses that share it; null on the others. */
  @Column('text', { nullable: true })
  identity: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
