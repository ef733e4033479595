import { ConflictError, NotFoundError, UnprocessableError } from '../../platform/errors/api-error';
import { mapConstraints } from '../../platform/errors/error-mapping';
import { UserNotFound } from '../accounts';
import { ConversationNotFound } from '../conversations';

export class CallNotFound extends NotFoundError {
  static readonly code = 'CALL_NOT_FOUND';
  constructor() {
    super('There is no such call. See GET /api/v1/calls.');
  }
}

export class CallEnded extends ConflictError {
  static readonly code = 'CALL_ENDED';
  constructor(status: string) {
    super(`The call is ${status}: there is nothing left to cancel.`, { status });
  }
}

export class CallNotDialedHere extends ConflictError {
  static readonly code = 'CALL_NOT_DIALED_HERE';
  constructor() {
    super('This call took place elsewhere and was only recorded here: it cannot be canceled.');
  }
}

/** No number to call from: the message says which one lacks, and where to set it. */
export class NoCallerNumber extends UnprocessableError {
  static readonly code = 'NO_CALLER_NUMBER';
  constructor(message: string) {
    super(message);
  }
}

export class CallNotAllowed extends UnprocessableError {
  static readonly code = 'CALL_NOT_ALLOWED';
  constructor(number: string) {
    super(`${number} is on the do-not-call list. See GET /api/v1/do-not-call.`, { number });
  }
}

export class ChannelSessionNotFound extends NotFoundError {
  static readonly code = 'CHANNEL_SESSION_NOT_FOUND';
  constructor() {
    super('There is no channel session with the id sessionId. See channelSessions in GET /api/v1/conversations.');
  }
}

mapConstraints({
  fk_calls_conversation: () => new ConversationNotFound(),
  fk_calls_session: () => new ChannelSessionNotFound(),
  fk_calls_user: () => new UserNotFound(),
});
