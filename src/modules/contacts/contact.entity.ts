import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

@Entity('contacts')
export class Contact {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('text', { name: 'provider_id', nullable: true })
  providerId: string | null;

  @Column('text', { name: 'provider_name', nullable: true })
  providerName: string | null;

  @Column('text', { name: 'national_id', nullable: true })
  nationalId: string | null;

  @Column('text', { name: 'first_name', nullable: true })
  firstName: string | null;

  @Column('text', { name: 'last_name', nullable: true })
  lastName: string | null;

  @Column('bigint', { name: 'user_id', nullable: true })
  userId: number | null;

  @Column('bigint', { name: 'contact_company_id', nullable: true })
  contactCompanyId: number | null;

  @Column('text', { name: 'company_position', nullable: true })
  companyPosition: string | null;

  @Column('jsonb', { nullable: true })
  metadata: unknown;

  @Column('jsonb', { name: 'custom_fields' })
  customFields: Record<string, unknown>;

  /** Names, national id, position and addresses, folded: what `search` looks into. */
  @Column('text', { name: 'search_text', select: false })
  searchText: string;

  /** Grows with every change of the document. */
  @Column('integer', { name: 'event_sequence' })
  eventSequence: number;

  @Column('timestamptz', { name: 'archived_at', nullable: true })
  archivedAt: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
