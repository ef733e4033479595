import { HttpStatus, Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { StorageFull } from '../../platform/errors/platform.errors';
import { FetchFailed, type FileOwner, SafeFetch, TooLarge, UnsafeUrl } from '../../platform/http/safe-fetch';
import { JobHandlers } from '../../platform/queue/job-handlers';
import { Outbox } from '../../platform/queue/outbox';
import { Storage } from '../../platform/storage/storage';
import { type Connection, ConnectionsApi, authorizationOf } from '../connections';
import { audioFormatOf } from './audio-format';
import { firstBytes } from '../../platform/storage/first-bytes';
import { RecordingSource } from './recording-source';
import { type RecordingRow, RecordingsRepository, type StoredAudio } from './recordings.repository';
import { TRANSCRIBE_RECORDING } from './transcribe-recording';
import { Transcriber } from './transcriber';
import { TranscriptionsRepository } from './transcriptions.repository';
import { durationOf, readWavHeader } from './wav-header';

/** Job: {id}. */
export const FETCH_RECORDING = 'recording.fetch';

/** With the queue's pauses, about a quarter of an hour: by then a provider has a recording, or will not. */
const MAX_ATTEMPTS = 10;
const MAX_BYTES = 500 * 1024 * 1024;
const TIMEOUT_MS = 10 * 60_000;
/** What comes before the sound of a WAV fits into it. */
const HEAD_BYTES = 4096;
const STEREO = 2;

/** Never to be had: asking again would not help. */
class Unfetchable extends Error {}

type PendingRecording = RecordingRow & { source_url: string };

/** Brings a recording into storage, from its provider or from elsewhere. */
@Injectable()
export class FetchRecording {
  private readonly logger = new Logger(FetchRecording.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly storage: Storage,
    private readonly safeFetch: SafeFetch,
    private readonly connections: ConnectionsApi,
    private readonly recordings: RecordingsRepository,
    private readonly transcriptions: TranscriptionsRepository,
    private readonly source: RecordingSource,
    @Optional() @Inject(Transcriber) private readonly transcriber: Transcriber | undefined,
    handlers: JobHandlers,
  ) {
    handlers.register(
      FETCH_RECORDING,
      ({ id }, { tenantId, attempt }) => this.execute(tenantId as number, id as number, attempt),
      () => storage.usable,
    );
  }

  private async execute(tenantId: number, id: number, attempt: number): Promise<void> {
    const recording = await this.recordings.getPending(this.dataSource.manager, tenantId, id);
    if (!recording) return; // fetched already, given up, or deleted
    try {
      await this.complete(recording, await this.fetch(recording));
    } catch (error) {
      // That there is no room says nothing of the recording.
      if (error instanceof StorageFull || (attempt < MAX_ATTEMPTS && !isFinal(error))) throw error;
      this.logger.warn(`Recording ${id} is given up: ${(error as Error).message}`);
      await this.recordings.fail(this.dataSource.manager, tenantId, id, shown(error));
    }
  }

  private async fetch(recording: PendingRecording): Promise<StoredAudio> {
    const url = this.source.open(recording.tenant_id, recording.source_url);
    const connection = recording.connection_id === null ? undefined : await this.connections.byId(this.dataSource.manager, recording.connection_id);
    const { status, body } = await this.safeFetch.get(url, { owner: connection && ownerOf(connection), maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS });
    try {
      checkStatus(status);
      const { head, whole } = await firstBytes(body, HEAD_BYTES);
      const format = audioFormatOf(head);
      if (!format) throw new Unfetchable('it is not audio: WAV, MP3, Ogg, WebM and M4A are understood');
      const storageKey = `recordings/${recording.tenant_id}/${recording.id}.${format.extension}`;
      const size = await this.storage.write(storageKey, whole);
      const wav = format.extension === 'wav' ? readWavHeader(head) : undefined;
      return { storageKey, contentType: format.contentType, size, ...(wav && { durationSeconds: durationOf(wav, size), dualChannel: wav.channels === STEREO }) };
    } finally {
      body.destroy();
    }
  }

  private async complete({ id, tenant_id: tenantId, call_id: callId }: PendingRecording, audio: StoredAudio): Promise<void> {
    await this.dataSource.transaction(async (em) => {
      const first = await this.recordings.complete(em, tenantId, id, audio);
      if (!first || !this.transcriber || (await this.transcriptions.exists(em, tenantId, { callId, recordingId: id }))) return;
      await this.outbox.record(em, tenantId, TRANSCRIBE_RECORDING, { id });
    });
  }
}

const ownerOf = (connection: Connection): FileOwner => ({
  baseUrl: connection.baseUrl,
  authorization: authorizationOf(connection),
  trusted: connection.trusted,
});

/** Not there yet is 404 with several providers. */
const MAY_COME_YET = new Set<number>([HttpStatus.NOT_FOUND, HttpStatus.REQUEST_TIMEOUT, 425, HttpStatus.TOO_MANY_REQUESTS]);

/** @throws FetchFailed where it is worth another try, else Unfetchable */
function checkStatus(status: number): void {
  if (status === HttpStatus.OK) return;
  const refused = status >= HttpStatus.BAD_REQUEST && status < HttpStatus.INTERNAL_SERVER_ERROR && !MAY_COME_YET.has(status);
  throw new (refused ? Unfetchable : FetchFailed)(`the server answered ${status}`);
}

const isFinal = (error: unknown): boolean => error instanceof Unfetchable || error instanceof UnsafeUrl || error instanceof TooLarge;

/** For whoever asks why there is no recording; what went wrong inside is for the log. */
const shown = (error: unknown): string => (isFinal(error) || error instanceof FetchFailed ? (error as Error).message : 'it could not be stored');
