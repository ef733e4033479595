import { NotFoundError } from '../../platform/errors/api-error';

export class AutomationNotFound extends NotFoundError {
  static readonly code = 'AUTOMATION_NOT_FOUND';
  constructor(trigger: string, triggers: readonly string[]) {
    super(`Nothing follows from ${trigger}. Known: ${triggers.join(', ')}.`, { triggers });
  }
}
