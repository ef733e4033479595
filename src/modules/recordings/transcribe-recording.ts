import { Inject, Injectable, Optional } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { JobHandlers } from '../../platform/queue/job-handlers';
import { Storage } from '../../platform/storage/storage';
import { type RecordingRow, RecordingsRepository } from './recordings.repository';
import { Transcriber, type Transcript } from './transcriber';
import { TranscriptionsRepository } from './transcriptions.repository';

/** Job: {id}. */
export const TRANSCRIBE_RECORDING = 'recording.transcribe';

/** Has a recording written down, where nobody wrote along while the call was on. */
@Injectable()
export class TranscribeRecording {
  constructor(
    private readonly dataSource: DataSource,
    private readonly storage: Storage,
    private readonly recordings: RecordingsRepository,
    private readonly transcriptions: TranscriptionsRepository,
    @Optional() @Inject(Transcriber) transcriber: Transcriber | undefined,
    handlers: JobHandlers,
  ) {
    if (transcriber)
      handlers.register(
        TRANSCRIBE_RECORDING,
        ({ id }, { tenantId }) => this.execute(transcriber, tenantId as number, id as number),
        () => storage.usable,
      );
  }

  private async execute(transcriber: Transcriber, tenantId: number, id: number): Promise<void> {
    const recording = await this.recordings.get(this.dataSource.manager, tenantId, id);
    if (!recording?.storage_key || !recording.content_type || (await this.isDone(recording))) return;
    const stream = await this.storage.read(recording.storage_key);
    try {
      await this.save(recording, await transcriber.transcribe({ stream, contentType: recording.content_type, dualChannel: recording.dual_channel }));
    } finally {
      stream.destroy();
    }
  }

  /** Under the recording's lock, so that a job that runs twice leaves one. */
  private async save({ tenant_id: tenantId, id }: RecordingRow, transcript: Transcript): Promise<void> {
    await this.dataSource.transaction(async (em) => {
      const recording = await this.recordings.lock(em, tenantId, id);
      if (!recording || (await this.isDone(recording, em))) return;
      await this.transcriptions.save(em, tenantId, { callId: recording.call_id, recordingId: id }, transcript);
    });
  }

  private isDone({ id, tenant_id: tenantId, call_id: callId }: RecordingRow, em = this.dataSource.manager): Promise<boolean> {
    return this.transcriptions.exists(em, tenantId, { callId, recordingId: id });
  }
}
