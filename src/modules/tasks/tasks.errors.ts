import { NotFoundError } from '../../platform/errors/api-error';
import { mapConstraints } from '../../platform/errors/error-mapping';
import { ConversationNotFound } from '../conversations';

export class TaskNotFound extends NotFoundError {
  static readonly code = 'TASK_NOT_FOUND';
  constructor() {
    super('There is no such task. See GET /api/v1/tasks.');
  }
}

mapConstraints({
  fk_tasks_conversation: () => new ConversationNotFound(),
});
