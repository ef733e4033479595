import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { AnyJson, IsInstant } from '../../../platform/http/validators';
import { ListQueryDto, pageOf } from '../../../platform/listing/list-query.dto';

export interface ActivityRow {
  id: number;
  tenant_id: number;
  contact_id: number | null;
  communication_type: string;
  source: string;
  contacted_at: string;
  status: string;
  request: unknown;
  response: unknown;
  call_id: number | null;
  message_id: string | null;
}

export class ActivityDto {
  id: number;
  tenantId: string;
  contactId: number | null;
  /** Through what, and by whom. @example "VapiCall" */
  communicationType: string;
  /** What led to it. @example "api" */
  source: string;
  contactedAt: string;
  status: string;
  @AnyJson('What was sent, with secrets masked')
  request: unknown;
  @AnyJson('What came back; null where nothing did')
  response: unknown;
  callId: number | null;
  messageId: string | null;

  static from(row: ActivityRow): ActivityDto {
    return {
      id: row.id,
      tenantId: String(row.tenant_id),
      contactId: row.contact_id,
      communicationType: row.communication_type,
      source: row.source,
      contactedAt: row.contacted_at,
      status: row.status,
      request: row.request,
      response: row.response,
      callId: row.call_id,
      messageId: row.message_id,
    };
  }
}

export class ListActivityQueryDto extends ListQueryDto {
  /** Entries of this time and later. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsInstant()
  contactedFrom?: string;

  /** Entries before this. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsInstant()
  contactedTo?: string;
}

export class ActivityPageDto extends pageOf(ActivityDto) {}
