import { NotFoundError } from '../../platform/errors/api-error';

export class DoNotCallEntryNotFound extends NotFoundError {
  static readonly code = 'DO_NOT_CALL_ENTRY_NOT_FOUND';
  constructor() {
    super('There is no such entry on the do-not-call list. See GET /api/v1/do-not-call.');
  }
}
