import { HttpStatus } from '@nestjs/common';
import { ApiError, type ErrorDetails, BadRequestError, ConflictError, ForbiddenError, NotFoundError, UnauthorizedError, UnprocessableError } from './api-error';

/** One thing wrong with a request. `path` is dotted, with [n] for array items: `addresses[0].address`. */
export interface Fault {
  path: string;
  code: string;
  message: string;
}

/** Values of the request are wrong or missing: details.fields names each, with a code of its own. */
export class ValidationFailed extends BadRequestError {
  static readonly code = 'VALIDATION_FAILED';
  constructor(fields: Fault[]) {
    const [first] = fields;
    const more = fields.length > 1 ? ` (and ${fields.length - 1} more, see details.fields)` : '';
    super(first ? `${first.path}: ${first.message}${more}` : 'The request is not valid.', { fields });
  }
}

export class InvalidJson extends BadRequestError {
  static readonly code = 'INVALID_JSON';
  constructor(why: string) {
    super(`The body is not valid JSON: ${why}`);
  }
}

/** What HTTP or the url asks for cannot be read, or a value is beyond what can be stored; the message says which. */
export class InvalidRequest extends BadRequestError {
  static readonly code = 'INVALID_REQUEST';
}

export class InvalidPageToken extends BadRequestError {
  static readonly code = 'INVALID_PAGE_TOKEN';
  constructor() {
    super('pageToken is not one that this list gave for the same filter, search and sort. Ask for the first page again, without pageToken.');
  }
}

/** No API key was sent, or one that is unknown or revoked. */
export class Unauthorized extends UnauthorizedError {
  static readonly code = 'UNAUTHORIZED';
}

/** Whoever asks has not proven who they are. */
export class Forbidden extends ForbiddenError {
  static readonly code = 'FORBIDDEN';
}

export class MissingScope extends ForbiddenError {
  static readonly code = 'MISSING_SCOPE';
  constructor(scope: string) {
    super(`This API key lacks the scope ${scope}. Make a key with it, or with admin.`, { scope });
  }
}

export class OtherTenant extends ForbiddenError {
  static readonly code = 'OTHER_TENANT';
  constructor() {
    super("tenantId names another tenant than the API key's. Leave it out, or use that tenant's key.");
  }
}

export class RouteNotFound extends NotFoundError {
  static readonly code = 'ROUTE_NOT_FOUND';
  constructor(method: string, path: string) {
    super(`There is no ${method} ${path}. See /docs for what there is.`);
  }
}

export class MethodNotAllowed extends ApiError {
  static readonly code = 'METHOD_NOT_ALLOWED';
  static readonly status = HttpStatus.METHOD_NOT_ALLOWED;
  constructor(
    method: string,
    readonly allow: string[],
  ) {
    super(MethodNotAllowed.status, `${method} is not allowed here. Allowed: ${allow.join(', ')}.`, { allow });
  }
}

export class PayloadTooLarge extends ApiError {
  static readonly code = 'PAYLOAD_TOO_LARGE';
  static readonly status = HttpStatus.PAYLOAD_TOO_LARGE;
  constructor(message = 'The body is too large: 1 MiB, or 20 MB for bulk requests. Send it in parts.', details?: ErrorDetails) {
    super(PayloadTooLarge.status, message, details);
  }
}

export class UnsupportedMediaType extends ApiError {
  static readonly code = 'UNSUPPORTED_MEDIA_TYPE';
  static readonly status = HttpStatus.UNSUPPORTED_MEDIA_TYPE;
  constructor(message = 'Send the body as JSON, with the header Content-Type: application/json.') {
    super(UnsupportedMediaType.status, message);
  }
}

export class RangeNotSatisfiable extends ApiError {
  static readonly code = 'RANGE_NOT_SATISFIABLE';
  static readonly status = HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE;
  constructor(size: number) {
    super(RangeNotSatisfiable.status, `The file has ${size} bytes, and the Range header asks for none of them. Ask for others, or without Range.`, { size });
  }
}

export class RateLimited extends ApiError {
  static readonly code = 'RATE_LIMITED';
  static readonly status = HttpStatus.TOO_MANY_REQUESTS;
  constructor(retryAfter: number) {
    super(RateLimited.status, `Too many requests. Try again in ${retryAfter} s.`, { retryAfter }, retryAfter);
  }
}

export class IdempotencyKeyInvalid extends BadRequestError {
  static readonly code = 'IDEMPOTENCY_KEY_INVALID';
  constructor() {
    super('Idempotency-Key must have 1 to 255 visible characters.');
  }
}

export class IdempotencyKeyReused extends UnprocessableError {
  static readonly code = 'IDEMPOTENCY_KEY_REUSED';
  /** The key is free again after a day. */
  static readonly transient = true;
  constructor() {
    super('This Idempotency-Key was used with another request in the last 24 hours. Take a new key for a new request.');
  }
}

export class IdempotencyKeyInUse extends ConflictError {
  static readonly code = 'IDEMPOTENCY_KEY_IN_USE';
  static readonly transient = true;
  constructor() {
    super('A request with this Idempotency-Key is still running. Wait for it, then send the same request again to read its answer.');
  }
}

/** What the request is about was changed, made or deleted by others while it ran. */
export class ConcurrentModification extends ApiError {
  static readonly code = 'CONCURRENT_MODIFICATION';
  static readonly status = HttpStatus.CONFLICT;
  constructor() {
    super(ConcurrentModification.status, 'What this request is about was changed, made or deleted at the same moment. Nothing was changed by it: look again, then send it again.', {}, 1);
  }
}

export class ServiceUnavailable extends ApiError {
  static readonly code = 'SERVICE_UNAVAILABLE';
  static readonly status = HttpStatus.SERVICE_UNAVAILABLE;
  constructor(message = 'The database does not answer just now. Nothing was changed; try again.') {
    super(ServiceUnavailable.status, message, {}, 1);
  }
}

/** There is no room left where files, or the database, are kept. */
export class StorageFull extends ApiError {
  static readonly code = 'STORAGE_FULL';
  static readonly status = HttpStatus.INSUFFICIENT_STORAGE;
  constructor() {
    super(StorageFull.status, 'The server has no room left, and nothing of this was kept. Whoever runs the server has to make room; then send it again.');
  }
}

export class InternalError extends ApiError {
  static readonly code = 'INTERNAL_ERROR';
  static readonly status = HttpStatus.INTERNAL_SERVER_ERROR;
  constructor() {
    super(InternalError.status, 'Something failed on our side. Report details.requestId to whoever runs this server.');
  }
}
