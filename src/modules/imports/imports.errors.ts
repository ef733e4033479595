import { ConflictError, NotFoundError } from '../../platform/errors/api-error';

export class ImportNotFound extends NotFoundError {
  static readonly code = 'IMPORT_NOT_FOUND';
  constructor() {
    super('There is no such import. See GET /api/v1/imports.');
  }
}

export class ImportNotResumable extends ConflictError {
  static readonly code = 'IMPORT_NOT_RESUMABLE';
  constructor(status: string) {
    super(status === 'failed' ? 'Its file is gone, or is what it failed for: send the file again.' : `The import is ${status}: only one that has failed can be resumed.`, { status });
  }
}

export class ImportEnded extends ConflictError {
  static readonly code = 'IMPORT_ENDED';
  constructor(status: string) {
    super(`The import is ${status}: there is nothing left to cancel. What it has written stays.`, { status });
  }
}
