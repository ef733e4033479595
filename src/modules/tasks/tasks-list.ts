import type { ListDefinition, ListFilter } from '../../platform/listing/lists';
import { type ListTasksQueryDto, SHOWN_STATUSES, TaskDto } from './dto/task.dto';
import { PARTY_TYPES } from './party-type';
import type { Task } from './task.entity';

const SHOWN_STATUS = `CASE WHEN t.status = 'scheduled' AND t.due_date < now() THEN 'overdue' ELSE t.status END`;

/** How tasks are listed: those due first come first, those without a due date last. */
export const TASKS_LIST: ListDefinition<Task, TaskDto> = {
  name: 'tasks',
  from: 'tasks t',
  columns: `t.id, t.tenant_id AS "tenantId", t.objective, t.conversation_id AS "conversationId", t.created_by_type AS "createdByType", t.created_by_id AS "createdById",
    t.assigned_to_type AS "assignedToType", t.assigned_to_id AS "assignedToId", t.status, t.published_at AS "publishedAt", t.due_date AS "dueDate",
    t.completed_at AS "completedAt", t.cancelled_at AS "cancelledAt", t.cancellation_reason AS "cancellationReason", t.created_at AS "createdAt", t.updated_at AS "updatedAt"`,
  tenantColumn: 't.tenant_id',
  idColumn: 't.id',
  idCast: 'text',
  fields: {
    id: { type: 'text', sql: 't.id' },
    objective: { type: 'text', sql: 't.objective' },
    status: { type: 'text', sql: SHOWN_STATUS, oneOf: SHOWN_STATUSES, aliases: { pending: ['scheduled', 'overdue'] } },
    dueDate: { type: 'instant', sql: 't.due_date', nullsLast: true },
    conversationId: { type: 'number', sql: 't.conversation_id' },
    assignedToType: { type: 'text', sql: 't.assigned_to_type', oneOf: PARTY_TYPES },
    assignedToId: { type: 'text', sql: 't.assigned_to_id' },
    createdByType: { type: 'text', sql: 't.created_by_type', oneOf: PARTY_TYPES },
    createdById: { type: 'text', sql: 't.created_by_id' },
    completedAt: { type: 'instant', sql: 't.completed_at' },
    createdAt: { type: 'instant', sql: 't.created_at' },
    updatedAt: { type: 'instant', sql: 't.updated_at' },
  },
  search: (text, sql) => `fold(t.objective) LIKE ${sql.like(text)}`,
  defaultSort: ['dueDate', 'asc'],
  read: TaskDto.from,
};

/** The parameters that the documents name, as filters. */
export function filtersOf({ status, dueBefore, dueAfter, conversationId, assignedToType, assignedToId }: ListTasksQueryDto): ListFilter[] {
  const filters: (ListFilter | undefined)[] = [
    status && { field: 'status', operator: 'in', values: [status], path: 'status' },
    dueBefore ? { field: 'dueDate', operator: 'lt', values: [dueBefore], path: 'dueBefore' } : undefined,
    dueAfter ? { field: 'dueDate', operator: 'gt', values: [dueAfter], path: 'dueAfter' } : undefined,
    conversationId === undefined ? undefined : { field: 'conversationId', operator: 'eq', values: [String(conversationId)], path: 'conversationId' },
    assignedToType && { field: 'assignedToType', operator: 'eq', values: [assignedToType], path: 'assignedToType' },
    assignedToId === undefined ? undefined : { field: 'assignedToId', operator: 'eq', values: [assignedToId], path: 'assignedToId' },
  ];
  return filters.filter((filter) => filter !== undefined);
}
