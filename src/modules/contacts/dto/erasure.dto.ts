import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { BooleanLike } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import type { ErasureRow } from '../erasures.repository';
import { ContactDto } from './contact.dto';

export class DeleteContactQueryDto {
  /** true forgets the person: calls, messages, files, logs and all that names them goes as well, and providers are asked to delete what they have. */
  @IsOptional()
  @BooleanLike()
  @IsBoolean({ message: 'must be true or false' })
  erase?: boolean;
}

export class DeletedContactDto extends ContactDto {
  /** What has gone, where the person was erased: GET /api/v1/erasures/{erasureId}. */
  @ApiPropertyOptional({ type: 'integer' })
  erasureId?: number;
}

export class ErasureProviderDto {
  /** @example "vapi" */
  provider: string;
  /** What it was asked to delete. @example "call" */
  kind: string;
  /** Not answered yet: it is asked again. */
  @ApiProperty({ type: 'integer' })
  pending: number;
  @ApiProperty({ type: 'integer' })
  deleted: number;
  /** The provider has no way to be asked: write to it. */
  @ApiProperty({ type: 'integer' })
  impossible: number;
}

/** That somebody was erased, and nothing of them. */
export class ErasureDto {
  id: number;
  tenantId: string;
  /** Nobody's any more. */
  contactId: number;
  /** running until all of it has gone, files included, and every provider has answered; the counts grow meanwhile. */
  @ApiProperty({ enum: ['running', 'completed'] })
  status: 'running' | 'completed';
  /** Who asked for it. */
  @ApiProperty({ type: Number, nullable: true })
  userId: number | null;
  @ApiProperty({ type: Number, nullable: true })
  apiKeyId: number | null;
  requestId: string;
  /** How many rows went, by table. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  rows: Record<string, number>;
  /** How many files went. */
  @ApiProperty({ type: 'integer' })
  files: number;
  providers: ErasureProviderDto[];
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static from(this: void, row: ErasureRow): ErasureDto {
    const isDone = row.finished_at !== null && row.files_left === 0 && row.providers.every(({ pending }) => pending === 0);
    return {
      id: row.id,
      tenantId: String(row.tenant_id),
      contactId: row.contact_id,
      status: isDone ? 'completed' : 'running',
      userId: row.user_id,
      apiKeyId: row.key_id,
      requestId: row.request_id,
      rows: row.rows,
      files: row.files,
      providers: row.providers,
      createdAt: row.created_at,
    };
  }
}

export class ErasurePageDto extends pageOf(ErasureDto) {}
