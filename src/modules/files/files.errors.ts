import { NotFoundError } from '../../platform/errors/api-error';

/** There is no such file, or it could not be fetched: then details.failure says why. */
export class FileNotFound extends NotFoundError {
  static readonly code = 'FILE_NOT_FOUND';
  constructor(failure?: string) {
    super(
      failure === undefined ? 'There is no such file. See GET /api/v1/files, or send it with POST /api/v1/files.' : `The file could not be fetched: ${failure}.`,
      failure === undefined ? {} : { failure },
    );
  }
}

export class FileNotReady extends NotFoundError {
  static readonly code = 'FILE_NOT_READY';
  static readonly transient = true;
  constructor() {
    super('The file is still to come. Ask again in a while.');
  }
}
