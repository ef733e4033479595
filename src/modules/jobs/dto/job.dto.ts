import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { ListQueryDto, pageOf } from '../../../platform/listing/list-query.dto';

/** waiting is also one that has failed and is tried again; failed is one that was given up. */
export const JOB_STATUSES = ['waiting', 'running', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** A job as a statement gives it. */
export interface JobRow {
  id: number;
  tenant_id: number | null;
  type: string;
  status: JobStatus;
  attempts: number;
  last_error: string | null;
  run_at: string;
  created_at: string;
  failed_at: string | null;
}

const INSTANT = { type: String, format: 'date-time', nullable: true };

export class JobDto {
  id: number;
  /** Null for what is nobody's, as what is told of an account that all tenants share: only the command line shows that. */
  @ApiProperty({ type: String, nullable: true })
  tenantId: string | null;
  /** What it does, as import.run. */
  type: string;
  /** waiting is also one that came to nothing and is tried again; failed is one that was given up. One that is done is not kept. */
  @ApiProperty({ enum: JOB_STATUSES })
  status: JobStatus;
  /** How often it was begun. */
  @ApiProperty({ type: 'integer' })
  attempts: number;
  /** What went wrong the last time. */
  @ApiProperty({ type: String, nullable: true })
  lastError: string | null;
  /** When it is due; of one that runs, when others take it for lost. */
  @ApiProperty({ format: 'date-time' })
  runAt: string;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When it was given up. */
  @ApiProperty(INSTANT)
  failedAt: string | null;

  static from(this: void, row: JobRow): JobDto {
    return {
      id: row.id,
      tenantId: row.tenant_id === null ? null : String(row.tenant_id),
      type: row.type,
      status: row.status,
      attempts: row.attempts,
      lastError: row.last_error,
      runAt: row.run_at,
      createdAt: row.created_at,
      failedAt: row.failed_at,
    };
  }
}

export class JobPageDto extends pageOf(JobDto) {}

export class ListJobsQueryDto extends ListQueryDto {
  /** The same as filterBy=status:… */
  @ApiPropertyOptional({ enum: JOB_STATUSES })
  @IsOptional()
  @IsIn(JOB_STATUSES, { message: `must be one of ${JOB_STATUSES.join(', ')}` })
  status?: JobStatus;
}
