import { HttpException, HttpStatus } from '@nestjs/common';

/** What an error carries besides its code: plain JSON, safe to show to the caller. */
export type ErrorDetails = Record<string, unknown>;

/**
 * An error that a caller can act upon. Every concrete class has a `static code`, which the answer, the OpenAPI
 * document and docs/errors.md take from here.
 */
export abstract class ApiError extends HttpException {
  constructor(
    status: HttpStatus,
    message: string,
    readonly details: ErrorDetails = {},
    /** Seconds for the Retry-After header. */
    readonly retryAfter?: number,
  ) {
    super(message, status);
  }

  get code(): string {
    return (this.constructor as unknown as ApiErrorClass).code;
  }

  /** It may pass by itself: the same request, sent again in a while, may be answered otherwise. Such an answer is never kept. */
  get isTransient(): boolean {
    return this.getStatus() >= 500 || this.retryAfter !== undefined || (this.constructor as unknown as ApiErrorClass).transient === true;
  }
}

/** An error class as a route or a test names it. */
export interface ApiErrorClass {
  readonly code: string;
  readonly status: number;
  readonly name: string;
  /** What it refuses may be possible in a while, without anybody's doing. Those of 5xx, and with Retry-After, are so in any case. */
  readonly transient?: boolean;
}

export abstract class BadRequestError extends ApiError {
  static readonly status = HttpStatus.BAD_REQUEST;
  constructor(message: string, details?: ErrorDetails) {
    super(BadRequestError.status, message, details);
  }
}

export abstract class UnauthorizedError extends ApiError {
  static readonly status = HttpStatus.UNAUTHORIZED;
  constructor(message: string, details?: ErrorDetails) {
    super(UnauthorizedError.status, message, details);
  }
}

export abstract class ForbiddenError extends ApiError {
  static readonly status = HttpStatus.FORBIDDEN;
  constructor(message: string, details?: ErrorDetails) {
    super(ForbiddenError.status, message, details);
  }
}

export abstract class NotFoundError extends ApiError {
  static readonly status = HttpStatus.NOT_FOUND;
  constructor(message: string, details?: ErrorDetails) {
    super(NotFoundError.status, message, details);
  }
}

export abstract class ConflictError extends ApiError {
  static readonly status = HttpStatus.CONFLICT;
  constructor(message: string, details?: ErrorDetails) {
    super(ConflictError.status, message, details);
  }
}

export abstract class UnprocessableError extends ApiError {
  static readonly status = HttpStatus.UNPROCESSABLE_ENTITY;
  constructor(message: string, details?: ErrorDetails) {
    super(UnprocessableError.status, message, details);
  }
}
