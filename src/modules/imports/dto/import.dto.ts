import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, MinLength } from 'class-validator';
import { BooleanLike, IsJsonObject, IsPart, IsText, JsonText, MayBeAbsent } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { IMPORT_KINDS, type ImportKind } from '../column-mapping';
import type { OnDuplicate } from '../import-kinds';
import { IMPORT_STATUSES, type ImportRow, type ImportStatus } from '../imports.repository';

const NUMBERS = { type: 'object' as const, additionalProperties: { type: 'integer' as const } };
const TEXTS = { type: 'object' as const, additionalProperties: { type: 'string' as const } };
const INSTANT = { type: String, format: 'date-time', nullable: true };

export class ImportOptionsDto {
  /** Id or name of the funnel that the conversations are in; required for them. */
  @IsOptional()
  @IsText()
  @MinLength(1, { message: 'must not be empty' })
  funnel?: string;

  /**
   * conversations: skip leaves out contacts that have an unarchived conversation in the funnel, create makes another.
   * contacts: skip only fills in what is not known of somebody who is there, update takes what is new.
   */
  @ApiPropertyOptional({ enum: ['skip', 'create', 'update'], default: 'skip' })
  @IsOptional()
  @IsIn(['skip', 'create', 'update'], { message: 'must be skip, create or update' })
  onDuplicate?: OnDuplicate;

  /** The report of the whole file; nothing is written. */
  @BooleanLike()
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  dryRun?: boolean;

  /** Between cells; found out where it is not given. */
  @IsOptional()
  @IsText(1)
  @MinLength(1, { message: 'must be one character' })
  delimiter?: string;
}

export class CreateImportDto {
  static readonly deferFaults = true;

  /** CSV with a header, of up to 2 GB; UTF-8, what Excel calls Unicode, or Windows' Latin. */
  @ApiProperty({ type: 'string', format: 'binary' })
  file: unknown;

  /** What rows become: contacts; contacts and conversations; contacts and entries of their activity. */
  @ApiProperty({ enum: IMPORT_KINDS })
  @IsIn(IMPORT_KINDS, { message: `must be one of ${IMPORT_KINDS.join(', ')}` })
  kind: ImportKind;

  /** As JSON: column to target, as {"client_name": "name", "vehicle": "customFields.vehicle", "outcome": "response.outcome"}; what is not in it is guessed. */
  @ApiPropertyOptional(TEXTS)
  @JsonText()
  @MayBeAbsent()
  @IsJsonObject()
  mapping?: Record<string, unknown>;

  /** As JSON; required for conversations. */
  @JsonText()
  @MayBeAbsent()
  @IsPart(() => ImportOptionsDto, 'must be an object, as {"funnel": "Sales"}')
  options?: ImportOptionsDto;
}

export class ImportCountsDto {
  @ApiProperty({ type: 'integer' })
  successful: number;
  @ApiProperty({ type: 'integer' })
  warnings: number;
  @ApiProperty({ type: 'integer' })
  duplicates: number;
  @ApiProperty({ type: 'integer' })
  errors: number;
  @ApiProperty({ type: 'integer' })
  total: number;
}

export class ImportProgressDto {
  /** Rows that are done with. */
  @ApiProperty({ type: 'integer' })
  processed: number;
  /** Rows of the file; null until they have been counted. */
  @ApiProperty({ type: 'integer', nullable: true })
  total: number | null;
}

export class ImportDto {
  id: number;
  tenantId: string;
  @ApiProperty({ enum: IMPORT_KINDS })
  kind: ImportKind;
  @ApiProperty({ enum: IMPORT_STATUSES })
  status: ImportStatus;
  fileName: string;
  /** Bytes. */
  @ApiProperty({ type: 'integer' })
  size: number;
  columns: string[];
  /** Column to target, guesses included. */
  @ApiProperty(TEXTS)
  mapping: Record<string, string>;
  options: ImportOptionsDto;
  /** successful + duplicates + errors = total: the rows so far. */
  counts: ImportCountsDto;
  progress: ImportProgressDto;
  /** How often each code was given. */
  @ApiProperty(NUMBERS)
  errorCodes: Record<string, number>;
  @ApiProperty(NUMBERS)
  warningCodes: Record<string, number>;
  /** Why it failed. */
  failure: string | null;
  @ApiProperty(INSTANT)
  startedAt: string | null;
  @ApiProperty(INSTANT)
  finishedAt: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static from(this: void, row: ImportRow): ImportDto {
    const { successful, warnings, duplicates, errors, total } = row.counts;
    return {
      id: row.id,
      tenantId: String(row.tenant_id),
      kind: row.kind,
      status: row.status,
      fileName: row.file_name,
      size: row.size,
      columns: row.columns,
      // jsonb keeps no order.
      mapping: Object.fromEntries(row.columns.map((column) => [column, row.mapping[column] ?? 'ignore'])),
      options: row.options,
      counts: { successful, warnings, duplicates, errors, total },
      progress: { processed: row.counts.total, total: row.total },
      errorCodes: row.error_codes,
      warningCodes: row.warning_codes,
      failure: row.failure,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }
}

export class ImportPageDto extends pageOf(ImportDto) {}
