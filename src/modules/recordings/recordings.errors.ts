import { NotFoundError } from '../../platform/errors/api-error';
import { mapConstraints } from '../../platform/errors/error-mapping';
import { UserNotFound } from '../accounts';

/** There is no such recording, or it could not be fetched: then details.failure says why. */
export class RecordingNotFound extends NotFoundError {
  static readonly code = 'RECORDING_NOT_FOUND';
  constructor(failure?: string) {
    super(
      failure === undefined ? 'There is no such recording. See GET /api/v1/recordings.' : `The recording could not be fetched: ${failure}. Load it from a url that works.`,
      failure === undefined ? {} : { failure },
    );
  }
}

export class RecordingNotReady extends NotFoundError {
  static readonly code = 'RECORDING_NOT_READY';
  static readonly transient = true;
  constructor() {
    super('The recording is still to come. Ask again in a while.');
  }
}

export class TranscriptionNotFound extends NotFoundError {
  static readonly code = 'TRANSCRIPTION_NOT_FOUND';
  constructor() {
    super('This call has no transcription.');
  }
}

export class TranscriptionNotReady extends NotFoundError {
  static readonly code = 'TRANSCRIPTION_NOT_READY';
  static readonly transient = true;
  constructor() {
    super('The transcription is still to come. Ask again in a while.');
  }
}

mapConstraints({
  fk_recordings_user: () => new UserNotFound(),
});
