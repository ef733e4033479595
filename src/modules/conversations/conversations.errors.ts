import { ConflictError, NotFoundError } from '../../platform/errors/api-error';

export class ConversationNotFound extends NotFoundError {
  static readonly code = 'CONVERSATION_NOT_FOUND';
  constructor() {
    super('There is no such conversation. See GET /api/v1/conversations.');
  }
}

export class FunnelNotFound extends NotFoundError {
  static readonly code = 'FUNNEL_NOT_FOUND';
  constructor() {
    super('There is no such funnel. See GET /api/v1/funnels.');
  }
}

export class FunnelStatusInUse extends ConflictError {
  static readonly code = 'FUNNEL_STATUS_IN_USE';
  constructor() {
    super('A status that is left out of the list still has conversations. Move them to another status first, or keep it.');
  }
}
