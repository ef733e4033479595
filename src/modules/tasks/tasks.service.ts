import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import { assertSameId } from '../../platform/errors/path-identity';
import type { Page } from '../../platform/listing/list-query.dto';
import { Lists } from '../../platform/listing/lists';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { sortableId } from '../../platform/text/ids';
import { parseInstant } from '../../platform/text/instants';
import { type CreateTaskDto, type ListTasksQueryDto, TaskDto, type TaskPartyDto, type UpdateTaskDto } from './dto/task.dto';
import { type StoredStatus, Task } from './task.entity';
import { TASKS_LIST, filtersOf } from './tasks-list';
import { TaskNotFound } from './tasks.errors';

/** What follows from a status. */
type StatusValues = Pick<Task, 'status' | 'completedAt' | 'cancelledAt' | 'cancellationReason'>;

@Injectable()
export class TasksService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
  ) {}

  list(ctx: TenantContext, query: ListTasksQueryDto): Promise<Page<TaskDto>> {
    const request = this.lists.request({ ...query, pageSize: query.pageSize ?? query.limit });
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, TASKS_LIST, { ...request, filters: [...request.filters, ...filtersOf(query)] }));
  }

  /** @throws TaskNotFound */
  async get(ctx: TenantContext, id: string): Promise<TaskDto> {
    return TaskDto.from(await this.db.read(ctx, (em) => this.find(em, ctx, id)));
  }

  /** @throws ValidationFailed, ConversationNotFound */
  create(ctx: TenantContext, body: CreateTaskDto): Promise<TaskDto> {
    Faults.of(body).throwIfAny();
    const id = sortableId('task');
    const createdBy = body.createdBy ?? callerOf(ctx);
    const nothing: StatusValues = { status: 'scheduled', completedAt: null, cancelledAt: null, cancellationReason: null };
    return this.write(ctx, async (em) => {
      await em.getRepository(Task).insert({
        id,
        tenantId: ctx.tenantId,
        objective: body.objective,
        conversationId: body.context?.conversationId ?? null,
        createdByType: createdBy.type,
        createdById: createdBy.id,
        assignedToType: body.assignedTo.type,
        assignedToId: body.assignedTo.id,
        dueDate: instantOf(body.dueDate) ?? null,
        ...withStatus(nothing, { status: body.status ?? 'scheduled' }),
      });
      return this.find(em, ctx, id);
    });
  }

  /** @throws ValidationFailed, TaskNotFound, ConversationNotFound */
  update(ctx: TenantContext, id: string, body: UpdateTaskDto): Promise<TaskDto> {
    assertSameId('id', id, body.id);
    return this.write(ctx, async (em) => {
      const current = await this.find(em, ctx, id, true);
      const faults = Faults.of(body);
      checkStatus(body, body.status ?? current.status, faults);
      faults.throwIfAny();
      const changes = {
        objective: body.objective ?? undefined,
        ...(body.context !== undefined && { conversationId: body.context?.conversationId ?? null }),
        ...(body.assignedTo && { assignedToType: body.assignedTo.type, assignedToId: body.assignedTo.id }),
        publishedAt: instantOf(body.publishedAt),
        dueDate: instantOf(body.dueDate),
        ...withStatus(current, body),
        // One that a person takes up again stands beside whatever was opened meanwhile.
        ...(current.status !== 'scheduled' && body.status === 'scheduled' && { subject: null }),
        updatedAt: new Date(),
      };
      await em.getRepository(Task).update({ tenantId: ctx.tenantId, id }, changes);
      return this.find(em, ctx, id);
    });
  }

  /** @returns the task as it was @throws TaskNotFound */
  delete(ctx: TenantContext, id: string): Promise<TaskDto> {
    return this.write(ctx, async (em) => {
      const task = await this.find(em, ctx, id);
      await em.getRepository(Task).delete({ tenantId: ctx.tenantId, id });
      return task;
    });
  }

  private async write(ctx: TenantContext, work: (em: EntityManager) => Promise<Task>): Promise<TaskDto> {
    return TaskDto.from(await this.db.write(ctx, work));
  }

  private async find(em: EntityManager, ctx: TenantContext, id: string, forUpdate = false): Promise<Task> {
    const lock = forUpdate ? { lock: { mode: 'for_no_key_update' as const } } : {};
    const task = await em.getRepository(Task).findOne({ where: { tenantId: ctx.tenantId, id }, ...lock });
    if (!task) throw new TaskNotFound();
    return task;
  }
}

/** The key's user, else the key itself: a machine. */
const callerOf = ({ actor: { userId, keyId } }: TenantContext): TaskPartyDto => (userId === null ? { id: String(keyId ?? 'system'), type: 'ai_employee' } : { id: String(userId), type: 'user' });

/** undefined leaves it, null empties it. */
const instantOf = (text: string | null | undefined): Date | null | undefined => (text === undefined || text === null ? text : parseInstant(text));

/** Times and reasons belong to the status that the task has afterwards. */
function checkStatus(body: UpdateTaskDto, status: StoredStatus, faults: Faults): void {
  const belongs = { completedAt: 'completed', cancelledAt: 'cancelled', cancellationReason: 'cancelled' } as const;
  for (const [field, owner] of Object.entries(belongs) as [keyof typeof belongs, StoredStatus][]) {
    if (body[field] !== undefined && body[field] !== null && status !== owner) faults.add(field, 'INVALID_VALUE', `belongs to a task that is ${owner}: send status ${owner} along with it, or leave it out`);
  }
}

/** A status brings its own time, and clears that of the others. */
function withStatus(current: StatusValues, body: Pick<UpdateTaskDto, 'status' | 'completedAt' | 'cancelledAt' | 'cancellationReason'>): StatusValues {
  const status = body.status ?? current.status;
  const timeOf = (owner: StoredStatus, sent: string | null | undefined, was: Date | null): Date | null => (status === owner ? (instantOf(sent) ?? was ?? new Date()) : null);
  return {
    status,
    completedAt: timeOf('completed', body.completedAt, current.completedAt),
    cancelledAt: timeOf('cancelled', body.cancelledAt, current.cancelledAt),
    cancellationReason: status === 'cancelled' ? (body.cancellationReason === undefined ? current.cancellationReason : body.cancellationReason) : null,
  };
}
