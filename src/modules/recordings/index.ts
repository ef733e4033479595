/** Recordings of calls, and what was said in them. */
export { RecordingsModule } from './recordings.module';
export { type CallRecording, type LoadedRecording, RecordingsApi } from './recordings.api';
export { type Audio, type Transcript, type TranscriptSegment, Transcriber } from './transcriber';
export { RecordingNotFound, RecordingNotReady, TranscriptionNotFound, TranscriptionNotReady } from './recordings.errors';
export { RecordingDto } from './dto/recording.dto';
export { TranscriptionDto } from './dto/transcription.dto';
