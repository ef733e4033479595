import { ApiProperty } from '@nestjs/swagger';
import type { TranscriptSegment } from '../transcriber';
import type { TranscriptionRow } from '../transcriptions.repository';

export class TranscriptSegmentDto implements TranscriptSegment {
  /** agent and contact where the provider tells them apart, else speaker 1, speaker 2. */
  speaker: string;
  text: string;
  /** Seconds from the start. */
  start: number;
  end: number | null;
}

export class TranscriptionDto {
  id: number;
  tenantId: string;
  callId: number | null;
  providerId: string | null;
  providerName: string | null;
  /** What was transcribed; null where the provider wrote along during the call. */
  recordingId: number | null;
  /** Always null: the text is here. */
  @ApiProperty({ type: String, nullable: true })
  url: string | null;
  text: string;
  segments: TranscriptSegmentDto[];
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static from(row: TranscriptionRow): TranscriptionDto {
    return {
      id: row.id,
      tenantId: String(row.tenant_id),
      callId: row.call_id,
      providerId: row.provider_id,
      providerName: row.provider_name,
      recordingId: row.recording_id,
      url: null,
      text: row.text,
      segments: row.segments,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }
}
