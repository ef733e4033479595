import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Erasure } from '../../platform/database/personal-data';
import { LostRace } from '../../platform/database/tenant-db';
import { Outbox } from '../../platform/queue/outbox';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { RecordingDto } from './dto/recording.dto';
import { TranscriptionDto } from './dto/transcription.dto';
import { FETCH_RECORDING } from './fetch-recording';
import { RecordingSource } from './recording-source';
import { TranscriptionNotFound } from './recordings.errors';
import { type NewRecording, RecordingsRepository } from './recordings.repository';
import { RecordingsService } from './recordings.service';
import type { Transcript } from './transcriber';
import { TranscriptionsRepository } from './transcriptions.repository';

/** A recording that a call's provider tells of. */
export interface CallRecording {
  callId: number;
  connectionId: number;
  /** The recording's own id there. */
  providerId?: string;
  providerName: string;
  /** The call's. */
  callProviderId?: string;
  /** Where the provider serves it, to whom it knows: fetched with the connection's credentials. */
  url: string;
  /** ISO 8601 */
  startTime?: string;
  durationSeconds?: number;
  dualChannel?: boolean;
}

/** A recording of a call that took place elsewhere. */
export interface LoadedRecording {
  userId: number;
  url: string;
  callId?: number;
  /** ISO 8601 */
  startTime?: string;
}

/** What other modules may ask of recordings, and of what was said in them. */
@Injectable()
export class RecordingsApi {
  constructor(
    private readonly recordings: RecordingsRepository,
    private readonly transcriptions: TranscriptionsRepository,
    private readonly service: RecordingsService,
    private readonly source: RecordingSource,
    private readonly outbox: Outbox,
  ) {}

  /** Has it fetched once this is committed; a url that is known already is left as it is. @returns its id */
  async record(em: EntityManager, tenantId: number, { url, ...recording }: CallRecording): Promise<number> {
    const id = await this.insert(em, tenantId, url, { ...recording, callProviderName: recording.providerName });
    return id ?? ((await this.recordings.findByUrl(em, tenantId, this.source.hash(url))) as number);
  }

  /** As record, for what findByUrl does not know. @throws LostRace where somebody else has loaded it meanwhile */
  async load(em: EntityManager, ctx: TenantContext, { url, ...recording }: LoadedRecording): Promise<number> {
    const id = await this.insert(em, ctx.tenantId, url, recording);
    if (id === undefined) throw new LostRace();
    return id;
  }

  findByUrl(em: EntityManager, ctx: TenantContext, url: string): Promise<number | undefined> {
    return this.recordings.findByUrl(em, ctx.tenantId, this.source.hash(url));
  }

  /** @throws RecordingNotFound, RecordingNotReady */
  async ofCall(em: EntityManager, ctx: TenantContext, callId: number): Promise<RecordingDto> {
    return this.service.shown(await this.recordings.ofCall(em, ctx.tenantId, callId));
  }

  /** A call has one: the first that is not empty. */
  async saveTranscription(em: EntityManager, tenantId: number, { callId, ...transcript }: Transcript & { callId: number }): Promise<void> {
    await this.transcriptions.save(em, tenantId, { callId, recordingId: null }, transcript);
  }

  /** @throws TranscriptionNotFound */
  async transcriptionOf(em: EntityManager, ctx: TenantContext, callId: number): Promise<TranscriptionDto> {
    const row = await this.transcriptions.ofCall(em, ctx.tenantId, callId);
    if (!row) throw new TranscriptionNotFound();
    return TranscriptionDto.from(row);
  }

  /** Recordings of calls with somebody who is forgotten, and what was said in them. */
  eraseOfCalls(em: EntityManager, erasure: Erasure, callIds: number[]): Promise<void> {
    return this.recordings.eraseOfCalls(em, erasure, callIds);
  }

  private async insert(em: EntityManager, tenantId: number, url: string, recording: Omit<NewRecording, 'sealedUrl' | 'urlHash'>): Promise<number | undefined> {
    const id = await this.recordings.insert(em, tenantId, { ...recording, sealedUrl: this.source.seal(tenantId, url), urlHash: this.source.hash(url) });
    if (id !== undefined) await this.outbox.record(em, tenantId, FETCH_RECORDING, { id });
    return id;
  }
}
