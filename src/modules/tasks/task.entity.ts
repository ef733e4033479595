import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { PartyType } from './party-type';

/** What is stored. Shown is also `overdue`: scheduled, and past its due date. */
export const STORED_STATUSES = ['scheduled', 'completed', 'cancelled'] as const;
export type StoredStatus = (typeof STORED_STATUSES)[number];

@Entity('tasks')
export class Task {
  /** `task_…` */
  @PrimaryColumn('text')
  id: string;

  @PrimaryColumn('integer', { name: 'tenant_id' })
  tenantId: number;

  @Column('text')
  objective: string;

  @Column('bigint', { name: 'conversation_id', nullable: true })
  conversationId: number | null;

  @Column('text', { name: 'created_by_type' })
  createdByType: PartyType;

  @Column('text', { name: 'created_by_id' })
  createdById: string;

  @Column('text', { name: 'assigned_to_type' })
  assignedToType: PartyType;

  @Column('text', { name: 'assigned_to_id' })
  assignedToId: string;

  @Column('text')
  status: StoredStatus;

  @Column('timestamptz', { name: 'published_at', nullable: true })
  publishedAt: Date | null;

  @Column('timestamptz', { name: 'due_date', nullable: true })
  dueDate: Date | null;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt: Date | null;

  @Column('timestamptz', { name: 'cancelled_at', nullable: true })
  cancelledAt: Date | null;

  @Column('text', { name: 'cancellation_reason', nullable: true })
  cancellationReason: string | null;

  /** What a task that was opened by itself is about: of it, one at a time is to be done. */
  @Column('text', { nullable: true })
  subject: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
