import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConnectionsModule } from '../connections';
import { FetchRecording } from './fetch-recording';
import { RecordingSource } from './recording-source';
import { Recording } from './recording.entity';
import { RecordingsApi } from './recordings.api';
import { RecordingsController } from './recordings.controller';
import { RecordingsRepository } from './recordings.repository';
import { RecordingsService } from './recordings.service';
import { TranscribeRecording } from './transcribe-recording';
import { Transcription } from './transcription.entity';
import { TranscriptionsRepository } from './transcriptions.repository';

@Module({
  imports: [TypeOrmModule.forFeature([Recording, Transcription]), ConnectionsModule],
  controllers: [RecordingsController],
  providers: [RecordingsApi, RecordingsService, RecordingsRepository, TranscriptionsRepository, RecordingSource, FetchRecording, TranscribeRecording],
  exports: [RecordingsApi],
})
export class RecordingsModule {}
