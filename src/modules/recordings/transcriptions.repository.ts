import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { Transcript, TranscriptSegment } from './transcriber';

/** A transcription as a statement gives it. */
export interface TranscriptionRow {
  id: number;
  tenant_id: number;
  call_id: number | null;
  recording_id: number | null;
  provider_id: string | null;
  provider_name: string | null;
  text: string;
  segments: TranscriptSegment[];
  created_at: string;
  updated_at: string;
}

/** What was written down: a call, a recording, or both. */
export interface Transcribed {
  callId: number | null;
  recordingId: number | null;
}

// What is there stays, unless it is empty: a provider that tells of a call twice tells the same.
const SAVE = new Statement(
  'transcription_save',
  `INSERT INTO transcriptions AS t (tenant_id, call_id, recording_id, provider_id, provider_name, text, segments) VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT (call_id, tenant_id) DO UPDATE SET recording_id = excluded.recording_id, provider_id = excluded.provider_id, provider_name = excluded.provider_name,
     text = excluded.text, segments = excluded.segments, updated_at = now()
   WHERE t.text = '' AND excluded.text <> ''`,
);

const OF_CALL = new Statement<TranscriptionRow>(
  'transcription_of_call',
  `SELECT t.id, t.tenant_id, t.call_id, t.recording_id, t.provider_id, t.provider_name, t.text, t.segments, t.created_at, t.updated_at
   FROM transcriptions t WHERE t.tenant_id = $1 AND t.call_id = $2`,
);

const EXISTS = new Statement<{ found: boolean }>(
  'transcription_exists',
  `SELECT EXISTS (SELECT 1 FROM transcriptions WHERE tenant_id = $1 AND call_id = $2)
     OR EXISTS (SELECT 1 FROM transcriptions WHERE tenant_id = $1 AND recording_id = $3 AND call_id IS NULL) AS found`,
);

@Injectable()
export class TranscriptionsRepository {
  /** A call has one. One of a recording without a call is saved by whoever holds the recording's lock. */
  async save(em: EntityManager, tenantId: number, { callId, recordingId }: Transcribed, { providerId, providerName, text, segments }: Transcript): Promise<void> {
    await SAVE.rows(em, [tenantId, callId, recordingId, providerId, providerName, text, JSON.stringify(segments)]);
  }

  ofCall(em: EntityManager, tenantId: number, callId: number): Promise<TranscriptionRow | undefined> {
    return OF_CALL.row(em, [tenantId, callId]);
  }

  async exists(em: EntityManager, tenantId: number, { callId, recordingId }: Transcribed): Promise<boolean> {
    return (await EXISTS.row(em, [tenantId, callId, recordingId]))?.found === true;
  }
}
