import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min, MinLength } from 'class-validator';
import { IsPart, IsText } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { TaskPartyDto } from '../../tasks';
import type { AutomationRow } from '../automations.repository';
import { DEFAULT_DUE_MINUTES, TRIGGERS, TRIGGER_NAMES, type Trigger } from '../triggers';

export class AutomationDto {
  /** What opens a task. call.unanswered: busy, not answered, a machine, or failed on the way. message.undelivered: failed for good. */
  @ApiProperty({ enum: TRIGGER_NAMES })
  trigger: Trigger;
  enabled: boolean;
  /** Who gets the task. */
  @ApiProperty({ type: TaskPartyDto, nullable: true })
  assignedTo: TaskPartyDto | null;
  /** From what opens it to its due date. */
  @ApiProperty({ type: 'integer' })
  dueInMinutes: number;
  /** {name}, {address} and {reason} are filled in. */
  objective: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  updatedAt: string | null;

  static of(trigger: Trigger, row: AutomationRow | undefined): AutomationDto {
    const { assigned_to_type: type = null, assigned_to_id: id = null } = row ?? {};
    return {
      trigger,
      enabled: row?.enabled ?? false,
      assignedTo: type !== null && id !== null ? { id, type } : null,
      dueInMinutes: row?.due_in_minutes ?? DEFAULT_DUE_MINUTES,
      objective: row?.objective ?? TRIGGERS[trigger].objective,
      updatedAt: row?.updated_at ?? null,
    };
  }
}

export class AutomationPageDto extends pageOf(AutomationDto) {}

/** Only the fields given change. */
export class SaveAutomationDto {
  static readonly deferFaults = true;

  /** Needs somebody to whom tasks are assigned. */
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;

  @IsOptional()
  @IsPart(() => TaskPartyDto, 'must be an object, as {"id": "7", "type": "user"}')
  assignedTo?: TaskPartyDto | null;

  /** Up to a year. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 525_600, default: DEFAULT_DUE_MINUTES })
  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(1)
  @Max(525_600)
  dueInMinutes?: number;

  /** {name}, {address} and {reason} are filled in; null for what it says by itself. */
  @IsOptional()
  @IsText(1000)
  @MinLength(1, { message: 'must not be empty' })
  objective?: string | null;
}
