import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Erasure } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';
import type { RecordingState } from './recording.entity';

/** A recording as a statement gives it. */
export interface RecordingRow {
  id: number;
  tenant_id: number;
  call_id: number | null;
  user_id: number | null;
  provider_id: string | null;
  provider_name: string | null;
  call_provider_id: string | null;
  call_provider_name: string | null;
  connection_id: number | null;
  state: RecordingState;
  failure: string | null;
  storage_key: string | null;
  content_type: string | null;
  size: number | null;
  start_time: string | null;
  duration: number | null;
  dual_channel: boolean | null;
  created_at: string;
  updated_at: string;
}

/** All but where it comes from, which only its fetching needs. */
export const recordingColumns = (alias: string): string =>
  [
    ...['id', 'tenant_id', 'call_id', 'user_id', 'provider_id', 'provider_name', 'call_provider_id', 'call_provider_name', 'connection_id', 'state'],
    ...['failure', 'storage_key', 'content_type', 'size', 'start_time', 'duration', 'dual_channel', 'created_at', 'updated_at'],
  ]
    .map((column) => `${alias}.${column}`)
    .join(', ');

export interface NewRecording {
  callId?: number;
  userId?: number;
  connectionId?: number;
  providerId?: string;
  providerName?: string;
  callProviderId?: string;
  callProviderName?: string;
  sealedUrl: string;
  urlHash: string;
  /** ISO 8601 */
  startTime?: string;
  durationSeconds?: number;
  dualChannel?: boolean;
}

/** What is known of a recording once it is here; what was known before stays. */
export interface StoredAudio {
  storageKey: string;
  contentType: string;
  size: number;
  durationSeconds?: number;
  dualChannel?: boolean;
}

const COLUMNS = recordingColumns('r');

const INSERT = new Statement<{ id: number }>(
  'recording_insert',
  `INSERT INTO recordings (tenant_id, call_id, user_id, connection_id, provider_id, provider_name, call_provider_id, call_provider_name, source_url, source_hash,
     start_time, duration, dual_channel)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
   ON CONFLICT (source_hash, tenant_id) DO NOTHING RETURNING id`,
);

const BY_URL = new Statement<{ id: number }>('recording_by_url', 'SELECT id FROM recordings WHERE source_hash = $2 AND tenant_id = $1');

const GET = new Statement<RecordingRow>('recording_get', `SELECT ${COLUMNS} FROM recordings r WHERE r.tenant_id = $1 AND r.id = $2`);

const LOCK = new Statement<RecordingRow>('recording_lock', `SELECT ${COLUMNS} FROM recordings r WHERE r.tenant_id = $1 AND r.id = $2 FOR UPDATE`);

// Ids are of one sequence for all tenants.
const GET_OF_ANYBODY = new Statement<RecordingRow>('recording_get_of_anybody', `SELECT ${COLUMNS} FROM recordings r WHERE r.id = $1`);

const GET_PENDING = new Statement<RecordingRow & { source_url: string }>(
  'recording_get_pending',
  `SELECT ${COLUMNS}, r.source_url FROM recordings r WHERE r.tenant_id = $1 AND r.id = $2 AND r.state = 'pending'`,
);

// One that can be heard before one that is still to come, and that before one that failed.
const OF_CALL = new Statement<RecordingRow>(
  'recording_of_call',
  `SELECT ${COLUMNS} FROM recordings r WHERE r.tenant_id = $1 AND r.call_id = $2
   ORDER BY array_position(ARRAY['ready', 'pending', 'failed'], r.state), r.id LIMIT 1`,
);

const COMPLETE = new Statement<{ id: number }>(
  'recording_complete',
  `UPDATE recordings SET state = 'ready', storage_key = $3, content_type = $4, size = $5, duration = coalesce(duration, $6), dual_channel = coalesce(dual_channel, $7),
     updated_at = now()
   WHERE tenant_id = $1 AND id = $2 AND state = 'pending' RETURNING id`,
);

const FAIL = new Statement('recording_fail', `UPDATE recordings SET state = 'failed', failure = $3, updated_at = now() WHERE tenant_id = $1 AND id = $2 AND state = 'pending'`);

const ERASE = new Statement<{ storage_key: string | null }>('recording_erase', 'DELETE FROM recordings WHERE tenant_id = $1 AND call_id = ANY($2::bigint[]) RETURNING storage_key');

const ERASE_TRANSCRIPTIONS = new Statement<{ id: number }>('transcription_erase', 'DELETE FROM transcriptions WHERE tenant_id = $1 AND call_id = ANY($2::bigint[]) RETURNING id');

@Injectable()
export class RecordingsRepository {
  /** @returns its id; undefined where the tenant has one of this url already */
  async insert(em: EntityManager, tenantId: number, recording: NewRecording): Promise<number | undefined> {
    const { callId, userId, connectionId, providerId, providerName, callProviderId, callProviderName } = recording;
    const { sealedUrl, urlHash, startTime, durationSeconds, dualChannel } = recording;
    const of = [callId, userId, connectionId, providerId, providerName, callProviderId, callProviderName];
    return (await INSERT.row(em, [tenantId, ...of, sealedUrl, urlHash, startTime, durationSeconds, dualChannel]))?.id;
  }

  async findByUrl(em: EntityManager, tenantId: number, urlHash: string): Promise<number | undefined> {
    return (await BY_URL.row(em, [tenantId, urlHash]))?.id;
  }

  get(em: EntityManager, tenantId: number, id: number): Promise<RecordingRow | undefined> {
    return GET.row(em, [tenantId, id]);
  }

  /** Until the transaction ends, nobody else writes what belongs to it. */
  lock(em: EntityManager, tenantId: number, id: number): Promise<RecordingRow | undefined> {
    return LOCK.row(em, [tenantId, id]);
  }

  /** Whosever it is: for a link, whose signature says for whom it was made. */
  getOfAnybody(em: EntityManager, id: number): Promise<RecordingRow | undefined> {
    return GET_OF_ANYBODY.row(em, [id]);
  }

  /** One that is still to be fetched, with its sealed url. */
  getPending(em: EntityManager, tenantId: number, id: number): Promise<(RecordingRow & { source_url: string }) | undefined> {
    return GET_PENDING.row(em, [tenantId, id]);
  }

  ofCall(em: EntityManager, tenantId: number, callId: number): Promise<RecordingRow | undefined> {
    return OF_CALL.row(em, [tenantId, callId]);
  }

  /** @returns whether it was still to come */
  async complete(em: EntityManager, tenantId: number, id: number, audio: StoredAudio): Promise<boolean> {
    const { storageKey, contentType, size, durationSeconds, dualChannel } = audio;
    return (await COMPLETE.row(em, [tenantId, id, storageKey, contentType, size, durationSeconds, dualChannel])) !== undefined;
  }

  /** With what was said in them. */
  async eraseOfCalls(em: EntityManager, erasure: Erasure, callIds: number[]): Promise<void> {
    erasure.removed('transcriptions', (await ERASE_TRANSCRIPTIONS.rows(em, [erasure.tenantId, callIds])).length);
    const recordings = await ERASE.rows(em, [erasure.tenantId, callIds]);
    erasure.removed('recordings', recordings.length);
    erasure.storageKeys.push(...recordings.flatMap(({ storage_key: key }) => (key === null ? [] : [key])));
  }

  async fail(em: EntityManager, tenantId: number, id: number, failure: string): Promise<void> {
    await FAIL.rows(em, [tenantId, id, failure]);
  }
}
