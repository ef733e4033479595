import { NotFoundError } from '../../platform/errors/api-error';

export class OperationNotFound extends NotFoundError {
  static readonly code = 'OPERATION_NOT_FOUND';
  constructor() {
    super('There is no such operation. Reports are kept for 30 days; a dry run leaves none.');
  }
}
