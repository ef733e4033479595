import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { TranscriptSegment } from './transcriber';

@Entity('transcriptions')
export class Transcription {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'BY DEFAULT' })
  id: number;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  /** Null for that of a recording without a call. */
  @Column('bigint', { name: 'call_id', nullable: true })
  callId: number | null;

  /** Null where the provider of the call sent it. */
  @Column('bigint', { name: 'recording_id', nullable: true })
  recordingId: number | null;

  @Column('text', { name: 'provider_id', nullable: true })
  providerId: string | null;

  @Column('text', { name: 'provider_name', nullable: true })
  providerName: string | null;

  @Column('text')
  text: string;

  @Column('jsonb')
  segments: TranscriptSegment[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
