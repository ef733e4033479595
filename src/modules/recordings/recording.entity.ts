import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** pending: being fetched; ready: in storage; failed: given up, `failure` says why. */
export const RECORDING_STATES = ['pending', 'ready', 'failed'] as const;
export type RecordingState = (typeof RECORDING_STATES)[number];

@Entity('recordings')
export class Recording {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('bigint', { name: 'call_id', nullable: true })
  callId: number | null;

  /** Who loaded it; null where the provider of a call did. */
  @Column('bigint', { name: 'user_id', nullable: true })
  userId: number | null;

  @Column('text', { name: 'provider_id', nullable: true })
  providerId: string | null;

  @Column('text', { name: 'provider_name', nullable: true })
  providerName: string | null;

  @Column('text', { name: 'call_provider_id', nullable: true })
  callProviderId: string | null;

  @Column('text', { name: 'call_provider_name', nullable: true })
  callProviderName: string | null;

  /** Through which it is fetched; null for one from elsewhere. */
  @Column('bigint', { name: 'connection_id', nullable: true })
  connectionId: number | null;

  /** Sealed: see RecordingSource. */
  @Column('text', { name: 'source_url' })
  sourceUrl: string;

  @Column('text', { name: 'source_hash' })
  sourceHash: string;

  @Column('text')
  state: RecordingState;

  @Column('text', { nullable: true })
  failure: string | null;

  /** From here on null until it is ready. */
  @Column('text', { name: 'storage_key', nullable: true })
  storageKey: string | null;

  @Column('text', { name: 'content_type', nullable: true })
  contentType: string | null;

  /** Bytes. */
  @Column('bigint', { nullable: true })
  size: number | null;

  @Column('timestamptz', { name: 'start_time', nullable: true })
  startTime: Date | null;

  /** Seconds. */
  @Column('double precision', { nullable: true })
  duration: number | null;

  @Column('boolean', { name: 'dual_channel', nullable: true })
  dualChannel: boolean | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
