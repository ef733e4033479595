import { ConflictError, NotFoundError } from '../../platform/errors/api-error';
import { mapConstraints } from '../../platform/errors/error-mapping';
import { UserNotFound } from '../accounts';
import { ContactNotFound } from '../contacts';

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

mapConstraints({
  fk_conversations_contact: () => new ContactNotFound(),
  fk_conversations_funnel: () => new FunnelNotFound(),
  fk_conversations_status: () => new FunnelStatusInUse(),
  fk_conversations_user: () => new UserNotFound(),
});
