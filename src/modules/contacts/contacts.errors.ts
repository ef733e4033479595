import { BadRequestError, ConflictError, NotFoundError } from '../../platform/errors/api-error';
import { mapConstraints } from '../../platform/errors/error-mapping';
import { UserNotFound } from '../accounts';

export class ContactNotFound extends NotFoundError {
  static readonly code = 'CONTACT_NOT_FOUND';
  constructor() {
    super('There is no such contact. See GET /api/v1/contacts.');
  }
}

export class AddressAlreadyExists extends ConflictError {
  static readonly code = 'ADDRESS_ALREADY_EXISTS';
  constructor(address: string, contactId: number) {
    super(`${address} belongs to contact ${contactId} already. Update that contact, or leave this address out.`, { address, contactId });
  }
}

/** What was given leads to more than one contact: details.contacts names them, each with what it was matched by. Nothing was changed. */
export class AmbiguousContact extends BadRequestError {
  static readonly code = 'AMBIGUOUS_CONTACT';
  constructor(message: string, context: Record<string, unknown>) {
    super(message, context);
  }
}

export class NoteNotFound extends NotFoundError {
  static readonly code = 'NOTE_NOT_FOUND';
  constructor() {
    super('There is no such note on this contact. See GET /api/v1/contacts/{id}/notes.');
  }
}

/** Somebody who is on the line cannot be forgotten: the line is the provider's until the call has ended. */
export class ContactInCall extends ConflictError {
  static readonly code = 'CONTACT_IN_CALL';
  static readonly transient = true;
  constructor(callIds: number[]) {
    super(`A call with this contact is under way: ${callIds.join(', ')}. Cancel it (POST /api/v1/calls/{callId}/cancel) or wait for its end, then erase again. Nothing was changed.`, { callIds });
  }
}

export class ErasureNotFound extends NotFoundError {
  static readonly code = 'ERASURE_NOT_FOUND';
  constructor() {
    super('There is no such erasure. See GET /api/v1/erasures.');
  }
}

mapConstraints({
  fk_contacts_user: () => new UserNotFound(),
  fk_contact_notes_contact: () => new ContactNotFound(),
  fk_contact_notes_user: () => new UserNotFound(),
});
