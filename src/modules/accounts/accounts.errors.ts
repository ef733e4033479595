import { BadRequestError, ConflictError, NotFoundError } from '../../platform/errors/api-error';
import { mapConstraints } from '../../platform/errors/error-mapping';

export class UserNotFound extends NotFoundError {
  static readonly code = 'USER_NOT_FOUND';
  constructor() {
    super('There is no such user. See GET /api/v1/users.');
  }
}

export class UserEmailTaken extends ConflictError {
  static readonly code = 'USER_EMAIL_TAKEN';
  constructor() {
    super('Another user has this email already.');
  }
}

export class ApiKeyNotFound extends NotFoundError {
  static readonly code = 'API_KEY_NOT_FOUND';
  constructor() {
    super('There is no such API key. See GET /api/v1/api-keys.');
  }
}

export class TenantNameTaken extends ConflictError {
  static readonly code = 'TENANT_NAME_TAKEN';
  constructor(name: string) {
    super(`There is a tenant named ${name} already. Take another name, or make another key for it with key create.`);
  }
}

export class TenantNotFound extends NotFoundError {
  static readonly code = 'TENANT_NOT_FOUND';
  constructor(tenant: string) {
    super(`There is no tenant with the id or name ${tenant}.`);
  }
}

export class NoTenantYet extends NotFoundError {
  static readonly code = 'NO_TENANT_YET';
  constructor() {
    super('There is no tenant yet. Start the server once (npm start), or make one with tenant create --name <name>.');
  }
}

export class TenantRequired extends BadRequestError {
  static readonly code = 'TENANT_REQUIRED';
  constructor() {
    super('There are several tenants. Say which one with --tenant, by id or name.');
  }
}

export class UnknownScope extends BadRequestError {
  static readonly code = 'UNKNOWN_SCOPE';
  constructor(scope: string, allowed: readonly string[]) {
    super(`${scope} is no scope. Allowed: ${allowed.join(', ')}.`, { scope, allowed });
  }
}

mapConstraints({
  fk_api_keys_user: () => new UserNotFound(),
  uq_users_email: () => new UserEmailTaken(),
});
