import { Column, Entity, PrimaryColumn } from 'typeorm';

/** pending: still to be fetched; ready: in storage; failed: never to be had, `failure` says why. */
export const FILE_STATES = ['pending', 'ready', 'failed'] as const;
export type FileState = (typeof FILE_STATES)[number];

@Entity('files')
export class File {
  /** `file_…` */
  @PrimaryColumn('text')
  id: string;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('text', { name: 'file_name' })
  fileName: string;

  @Column('text', { name: 'content_type' })
  contentType: string;

  @Column('text')
  state: FileState;

  @Column('text', { nullable: true })
  failure: string | null;

  /** Bytes. */
  @Column('bigint', { nullable: true })
  size: number | null;

  /** Hexadecimal. */
  @Column('text', { nullable: true })
  sha256: string | null;

  @Column('text', { name: 'storage_key', nullable: true })
  storageKey: string | null;

  @Column('jsonb')
  tags: Record<string, string>;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
