import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsTags, JsonText } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { FILE_STATES, type FileState } from '../file.entity';
import type { FileRow } from '../files.repository';

export class FileDto {
  fileId: string;
  tenantId: string;
  fileName: string;
  /** Told by the content. */
  contentType: string;
  /** Bytes; null until it is ready. */
  @ApiProperty({ type: 'integer', nullable: true })
  size: number | null;
  /** Hexadecimal; null until it is ready. */
  sha256: string | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  tags: Record<string, string>;
  /** Opens without a key, for 15 minutes; takes Range. Read the file again for a new one. */
  url: string;
  /** pending: being fetched; ready; failed: see failure. */
  @ApiProperty({ enum: FILE_STATES })
  state: FileState;
  failure: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static from(row: FileRow, url: string): FileDto {
    return {
      fileId: row.id,
      tenantId: String(row.tenant_id),
      fileName: row.file_name,
      contentType: row.content_type,
      size: row.size,
      sha256: row.sha256,
      tags: row.tags,
      url,
      state: row.state,
      failure: row.failure,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }
}

export class FilePageDto extends pageOf(FileDto) {}

export class UploadFileDto {
  /** Its type is told by its content: images of up to 5 MB (WebP 0.5 MB), audio and video of up to 16 MB, anything else of up to 100 MB. */
  @ApiProperty({ type: 'string', format: 'binary' })
  file: unknown;

  /** As JSON: texts by name. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, nullable: true })
  @JsonText()
  @IsOptional()
  @IsTags()
  tags?: Record<string, string> | null;
}
