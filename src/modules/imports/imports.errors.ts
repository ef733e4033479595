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
    super(`The import is ${status}. Only one that was given up can be resumed, and only while its file is kept: else send the file again.`, { status });
  }
}

export class ImportEnded extends ConflictError {
  static readonly code = 'IMPORT_ENDED';
  constructor(status: string) {
    super(`The import is ${status}: there is nothing left to cancel. What it has written stays.`, { status });
  }
}
