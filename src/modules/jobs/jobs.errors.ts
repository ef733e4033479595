import { ConflictError, NotFoundError } from '../../platform/errors/api-error';

export class JobNotFound extends NotFoundError {
  static readonly code = 'JOB_NOT_FOUND';
  constructor() {
    super('There is no such job: one that is done is not kept. See GET /api/v1/jobs.');
  }
}

export class JobNotFailed extends ConflictError {
  static readonly code = 'JOB_NOT_FAILED';
  constructor(status: string) {
    super(`The job is ${status}: it runs in its time, and only one that has failed is tried again on request.`, { status });
  }
}
