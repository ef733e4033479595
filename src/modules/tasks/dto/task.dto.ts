import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsDefined, IsIn, IsInt, IsOptional, IsString, MaxLength, Min, MinLength } from 'class-validator';
import { IsId, IsInstant, IsPart, IsText, MayBeAbsent, NumberLike } from '../../../platform/http/validators';
import { ListQueryDto, pageOf } from '../../../platform/listing/list-query.dto';
import { PARTY_TYPES, type PartyType } from '../party-type';
import { STORED_STATUSES, type StoredStatus, type Task } from '../task.entity';

export const SHOWN_STATUSES = ['scheduled', 'overdue', 'completed', 'cancelled'] as const;
export type ShownStatus = (typeof SHOWN_STATUSES)[number];

/** pending asks for what is still to be done, overdue or not. */
const FILTER_STATUSES = [...SHOWN_STATUSES, 'pending'] as const;

const INSTANT = { type: String, format: 'date-time', nullable: true };

export class TaskPartyDto {
  @IsText()
  @MinLength(1, { message: 'must not be empty' })
  id: string;

  @ApiProperty({ enum: PARTY_TYPES })
  @IsIn(PARTY_TYPES, { message: `must be one of ${PARTY_TYPES.join(', ')}` })
  type: PartyType;
}

export class TaskContextDto {
  /** A conversation in a funnel. */
  @IsOptional()
  @IsId()
  conversationId?: number;
}

export class TaskDto {
  id: string;
  tenantId: string;
  context: TaskContextDto;
  objective: string;
  createdBy: TaskPartyDto;
  assignedTo: TaskPartyDto;
  @ApiProperty(INSTANT)
  publishedAt: Date | null;
  @ApiProperty(INSTANT)
  dueDate: Date | null;
  @ApiProperty(INSTANT)
  completedAt: Date | null;
  @ApiProperty(INSTANT)
  cancelledAt: Date | null;
  cancellationReason: string | null;
  /** overdue is scheduled, and past its due date. */
  @ApiProperty({ enum: SHOWN_STATUSES })
  status: ShownStatus;
  createdAt: Date;
  updatedAt: Date;

  static from(this: void, task: Task): TaskDto {
    return {
      id: task.id,
      tenantId: String(task.tenantId),
      context: task.conversationId === null ? {} : { conversationId: task.conversationId },
      objective: task.objective,
      createdBy: { id: task.createdById, type: task.createdByType },
      assignedTo: { id: task.assignedToId, type: task.assignedToType },
      publishedAt: task.publishedAt,
      dueDate: task.dueDate,
      completedAt: task.completedAt,
      cancelledAt: task.cancelledAt,
      cancellationReason: task.cancellationReason,
      status: task.status === 'scheduled' && task.dueDate !== null && new Date(task.dueDate).getTime() < Date.now() ? 'overdue' : task.status,
      createdAt: task.createdAt,
      updatedAt: task.updatedAt,
    };
  }
}

export class TaskPageDto extends pageOf(TaskDto) {}

/** The status that can be written; its documentation shows what is read, too. */
const WritableStatus = (): PropertyDecorator => (target, key) => {
  ApiPropertyOptional({ enum: SHOWN_STATUSES })(target, key);
  IsOptional()(target, key);
  IsIn(STORED_STATUSES, { message: `must be one of ${STORED_STATUSES.join(', ')}; a task that is scheduled becomes overdue by itself` })(target, key);
};

export class CreateTaskDto {
  static readonly deferFaults = true;

  @IsText(5000)
  @MinLength(1, { message: 'must not be empty' })
  objective: string;

  @IsDefined()
  @IsPart(() => TaskPartyDto)
  assignedTo: TaskPartyDto;

  /** The caller, where absent. */
  @MayBeAbsent()
  @IsPart(() => TaskPartyDto)
  createdBy?: TaskPartyDto;

  @MayBeAbsent()
  @IsPart(() => TaskContextDto)
  context?: TaskContextDto;

  @ApiPropertyOptional(INSTANT)
  @IsOptional()
  @IsInstant()
  dueDate?: string | null;

  /** scheduled, where absent. */
  @WritableStatus()
  status?: StoredStatus;
}

/** Only the fields given change. id, tenantId, createdBy, createdAt and updatedAt may be sent back as they were read, and change nothing. */
export class UpdateTaskDto {
  static readonly deferFaults = true;

  @IsOptional()
  @IsText(5000)
  @MinLength(1, { message: 'must not be empty' })
  objective?: string;

  @MayBeAbsent()
  @IsPart(() => TaskPartyDto)
  assignedTo?: TaskPartyDto;

  @IsOptional()
  @IsPart(() => TaskContextDto)
  context?: TaskContextDto | null;

  /** completed sets completedAt, cancelled sets cancelledAt, scheduled clears both. */
  @WritableStatus()
  status?: StoredStatus;

  @ApiPropertyOptional(INSTANT)
  @IsOptional()
  @IsInstant()
  publishedAt?: string | null;

  @ApiPropertyOptional(INSTANT)
  @IsOptional()
  @IsInstant()
  dueDate?: string | null;

  /** Of a completed task. */
  @ApiPropertyOptional(INSTANT)
  @IsOptional()
  @IsInstant()
  completedAt?: string | null;

  /** Of a cancelled task. */
  @ApiPropertyOptional(INSTANT)
  @IsOptional()
  @IsInstant()
  cancelledAt?: string | null;

  /** Of a cancelled task. */
  @IsOptional()
  @IsText(2000)
  cancellationReason?: string | null;

  @IsOptional()
  id?: string;

  @IsOptional()
  tenantId?: string;

  @IsOptional()
  createdAt?: string;

  @IsOptional()
  updatedAt?: string;
}

export class ListTasksQueryDto extends ListQueryDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'Rows a page, as pageSize' })
  @IsOptional()
  @NumberLike()
  @IsInt()
  @Min(1)
  limit?: number;

  @ApiPropertyOptional({ enum: FILTER_STATUSES, description: 'pending is scheduled and overdue' })
  @IsOptional()
  @IsIn(FILTER_STATUSES, { message: `must be one of ${FILTER_STATUSES.join(', ')}` })
  status?: (typeof FILTER_STATUSES)[number];

  /** Due before this. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsInstant()
  dueBefore?: string;

  /** Due after this. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsInstant()
  dueAfter?: string;

  @IsOptional()
  @NumberLike()
  @IsId()
  conversationId?: number;

  @ApiPropertyOptional({ enum: PARTY_TYPES })
  @IsOptional()
  @IsIn(PARTY_TYPES, { message: `must be one of ${PARTY_TYPES.join(', ')}` })
  assignedToType?: PartyType;

  @IsOptional()
  @IsString()
  @MaxLength(255)
  assignedToId?: string;
}
