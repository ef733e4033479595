import { ConflictError, NotFoundError } from '../../platform/errors/api-error';

export class ProviderNotFound extends NotFoundError {
  static readonly code = 'PROVIDER_NOT_FOUND';
  constructor(provider: string, providers: readonly string[]) {
    super(`There is no provider ${provider}. Known: ${providers.join(', ')}.`, { providers });
  }
}

export class ConnectionNotFound extends NotFoundError {
  static readonly code = 'CONNECTION_NOT_FOUND';
  constructor(provider: string) {
    super(`There is no connection of your own to ${provider}. Make one with PUT /api/v1/connections/${provider}.`);
  }
}

/** The processes were given different accounts: none of them asks the provider until all have the same. */
export class ConnectionDisputed extends Error {}

/** Calls wait for the connection or are under way on it: cancel them, or wait until they have ended. */
export class ConnectionInUse extends ConflictError {
  static readonly code = 'CONNECTION_IN_USE';
  static readonly transient = true;
  constructor(queued: number, active: number) {
    super(`${queued} calls wait for this connection, and ${active} are under way on it. Cancel them, or wait until they have ended.`, { queued, active });
  }
}

export class PhoneNumberNotFound extends NotFoundError {
  static readonly code = 'PHONE_NUMBER_NOT_FOUND';
  constructor() {
    super('There is no such phone number. See GET /api/v1/phone-numbers.');
  }
}

export class PhoneNumberTaken extends ConflictError {
  static readonly code = 'PHONE_NUMBER_TAKEN';
  constructor(number: string, provider: string) {
    super(`${number} is among your numbers at ${provider} already. Update that one.`, { number, provider });
  }
}
