import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsIn, IsNumber, IsOptional, IsString, MaxLength, Min, ValidateIf } from 'class-validator';
import { AnyJson, IsId, IsInstant, IsText, OptionalAnyJson } from '../../../platform/http/validators';
import { ListQueryDto, pageOf } from '../../../platform/listing/list-query.dto';
import type { CallRow } from '../calls.repository';
import { DISPOSITIONS, type Disposition } from '../dispositions';

const DISPOSITION_NAMES = Object.keys(DISPOSITIONS) as Disposition[];
export const DIRECTIONS = ['outgoing', 'incoming', 'outbound', 'inbound'] as const;

export class CallDto {
  id: number;
  tenantId: string;
  /** The call's id at the provider; null until it has taken the call. */
  providerId: string | null;
  providerName: string | null;
  funnelConversationId: number | null;
  sessionId: number | null;
  userId: number | null;
  contactId: number | null;
  opportunityId: number | null;
  analysisConfigId: number | null;
  teamId: number | null;
  /** Our number. */
  from: string;
  to: string;
  redirectedTo: string | null;
  /** Seconds. */
  duration: number | null;
  /** outgoing or incoming. */
  direction: string;
  /** scheduled, queued, ringing, in-progress, completed, busy, no-answer, voicemail, failed, canceled; it only moves forward. Calls recorded by CreateCall keep what was sent. */
  status: string;
  /** How it ended, in one vocabulary over all providers: see GET /api/v1/dispositions. Null until then. */
  @ApiProperty({ enum: DISPOSITION_NAMES, nullable: true, type: String })
  disposition: Disposition | null;
  @ApiProperty({ format: 'date-time' })
  startTime: string;
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  answeredAt: string | null;
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  endedAt: string | null;
  /** Of calls that are dialed here: {provider: {name, status, reason, message, summary, cost}} in the provider's own words. */
  @AnyJson()
  metadata: unknown;
  @AnyJson()
  customData: unknown;
  agentScore: number | null;
  category: string | null;
  voiceAgentId: number | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;
  /** Grows by one with every change of the call. */
  @ApiProperty({ type: 'integer' })
  lastUpdateSequence: number;

  static from(row: CallRow): CallDto {
    return {
      id: row.id,
      tenantId: String(row.tenant_id),
      providerId: row.provider_id,
      providerName: row.provider_name,
      funnelConversationId: row.funnel_conversation_id,
      sessionId: row.session_id,
      userId: row.user_id,
      contactId: row.contact_id,
      // In the documents without a route that sets them.
      opportunityId: null,
      analysisConfigId: null,
      teamId: row.team_id,
      from: row.from_number,
      to: row.to_number,
      redirectedTo: row.redirected_to,
      duration: row.duration,
      direction: row.direction,
      status: row.status,
      disposition: row.disposition,
      startTime: row.start_time,
      answeredAt: row.answered_at,
      endedAt: row.ended_at,
      metadata: row.metadata,
      customData: row.custom_data,
      agentScore: null,
      category: null,
      voiceAgentId: row.voice_agent_id,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      lastUpdateSequence: row.last_update_sequence,
    };
  }
}

export class CallPageDto extends pageOf(CallDto) {}

export class CreateCallDto {
  /** Any text of up to 64 characters. */
  @IsText(64)
  status: string;

  @ValidateIf((_, value) => value !== null)
  @IsId()
  @ApiProperty({ type: 'integer', nullable: true })
  userId: number | null;

  @AnyJson()
  @IsOptional()
  metadata: unknown;

  @IsOptional()
  @IsText()
  providerId?: string;

  @IsOptional()
  @IsText()
  providerName?: string;

  @OptionalAnyJson()
  @IsOptional()
  customData?: unknown;

  @IsOptional()
  @IsId()
  funnelConversationId?: number;

  @IsOptional()
  @IsId()
  sessionId?: number;

  @IsText()
  from: string;

  @IsText()
  to: string;

  @IsOptional()
  @IsText()
  redirectedTo?: string | null;

  /** Seconds. */
  @ValidateIf((_, value) => value !== null)
  @IsNumber()
  @Min(0)
  @ApiProperty({ type: 'number', nullable: true })
  duration: number | null;

  /** outgoing or incoming; outbound and inbound are understood. */
  @IsIn(DIRECTIONS, { message: `must be one of ${DIRECTIONS.join(', ')}` })
  direction: string;

  @ApiProperty({ type: String, format: 'date-time' })
  @IsInstant()
  startTime: string;

  @IsOptional()
  @IsId()
  teamId?: number | null;
}

export class ListCallsQueryDto extends ListQueryDto {
  /** Calls that began at or after this. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsInstant()
  startTimeFrom?: string;

  /** Calls that began before this. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsInstant()
  startTimeTo?: string;
}

export class ExportCallsQueryDto extends OmitType(ListCallsQueryDto, ['page', 'pageSize', 'pageToken']) {}

export class LoadRecordingDto {
  @IsId()
  userId: number;

  /** http or https; fetched in the background. */
  @IsText(2000)
  url: string;

  @IsOptional()
  @IsText()
  callTo?: string;

  @IsOptional()
  @IsText()
  callFrom?: string;

  @ApiPropertyOptional({ enum: ['outgoing', 'incoming'] })
  @IsOptional()
  @IsIn(DIRECTIONS, { message: 'must be outgoing or incoming' })
  callDirection?: 'outgoing' | 'incoming';

  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @IsInstant()
  callStartTime?: string;
}

export class DispositionDto {
  @ApiProperty({ enum: DISPOSITION_NAMES })
  disposition: Disposition;
  /** The status that it gives a call. */
  status: string;
  meaning: string;
  /** By provider, its own reasons for an end; * stands for the rest of a reason. A reason in no list is `failed`. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } })
  reasons: Record<string, string[]>;
}

export class DispositionsDto {
  items: DispositionDto[];
}
