import { BadRequestError, ConflictError, NotFoundError } from '../../platform/errors/api-error';

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

/** The addresses given lead to more than one contact: details name them. Nothing was changed. */
export class AmbiguousContact extends BadRequestError {
  static readonly code = 'AMBIGUOUS_CONTACT';
  constructor(message: string, context: Record<string, unknown>) {
    super(message, context);
  }
}
