import { NotFoundError } from '../../platform/errors/api-error';

export class TaskNotFound extends NotFoundError {
  static readonly code = 'TASK_NOT_FOUND';
  constructor() {
    super('There is no such task. See GET /api/v1/tasks.');
  }
}
