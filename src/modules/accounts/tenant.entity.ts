import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('tenants')
export class Tenant {
  @PrimaryGeneratedColumn('identity', { type: 'integer', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @Column('text')
  name: string;

  /** ISO 3166-1 alpha-2; null takes DEFAULT_COUNTRY. */
  @Column('char', { name: 'default_country', length: 2, nullable: true })
  defaultCountry: string | null;

  /** IANA; null takes the country's. */
  @Column('text', { nullable: true })
  timezone: string | null;

  /** E.164 */
  @Column('text', { name: 'agent_phone', nullable: true })
  agentPhone: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
