import { ApiProperty } from '@nestjs/swagger';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { RECORDING_STATES, type RecordingState } from '../recording.entity';
import type { RecordingRow } from '../recordings.repository';

export class RecordingDto {
  id: number;
  tenantId: string;
  callId: number | null;
  /** Who loaded it; null where the call's provider sent it. */
  userId: number | null;
  /** The recording's id at the provider. */
  providerId: string | null;
  providerName: string | null;
  /** The call's id at the provider. */
  callProviderId: string | null;
  callProviderName: string | null;
  /** Opens without a key, for 15 minutes; takes Range. Read the recording again for a new one. */
  url: string;
  /** pending: being fetched; ready; failed: see failure. */
  @ApiProperty({ enum: RECORDING_STATES })
  state: RecordingState;
  /** Why it could not be fetched. */
  failure: string | null;
  contentType: string | null;
  /** Bytes. */
  @ApiProperty({ type: 'integer', nullable: true })
  size: number | null;
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  startTime: string | null;
  /** Seconds. */
  duration: number | null;
  /** Each side has a channel of its own. */
  dualChannel: boolean | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static from(row: RecordingRow, url: string): RecordingDto {
    return {
      id: row.id,
      tenantId: String(row.tenant_id),
      callId: row.call_id,
      userId: row.user_id,
      providerId: row.provider_id,
      providerName: row.provider_name,
      callProviderId: row.call_provider_id,
      callProviderName: row.call_provider_name,
      url,
      state: row.state,
      failure: row.failure,
      contentType: row.content_type,
      size: row.size,
      startTime: row.start_time,
      duration: row.duration,
      dualChannel: row.dual_channel,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }
}

export class RecordingPageDto extends pageOf(RecordingDto) {}
