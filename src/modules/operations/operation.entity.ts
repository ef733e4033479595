import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('operations')
export class Operation {
  @PrimaryColumn('text')
  id: string;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  /** @example "conversations.bulkCreate" */
  @Column('text')
  kind: string;

  @Column('text')
  status: string;

  @Column('text')
  message: string;

  @Column('json')
  report: unknown;

  /** Whom it is about, as keys: see platform/text/subjects.ts. */
  @Column('text', { array: true, nullable: true })
  subjects: string[] | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
