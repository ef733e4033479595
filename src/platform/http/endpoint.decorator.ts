import { HttpCode, HttpStatus, Post, UseInterceptors, applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiSecurity } from '@nestjs/swagger';
import { ApiErrors } from '../errors/api-errors.decorator';
import type { ApiErrorClass } from '../errors/api-error';
import { IdempotencyKeyInUse, IdempotencyKeyInvalid, IdempotencyKeyReused, InternalError, InvalidRequest, MissingScope, OtherTenant, RateLimited, ServiceUnavailable, Unauthorized, ValidationFailed } from '../errors/platform.errors';
import { Scope } from '../tenancy/route-access';
import { IdempotencyInterceptor } from './idempotency.interceptor';

interface EndpointOptions {
  /** operationId, as documented. */
  id: string;
  scope: string;
  /** What this route can answer besides what every route can. */
  errors?: ApiErrorClass[];
}

/** What every route of /api/v1 says of itself: its name, who may call it, what it answers. Its JSDoc is the summary. */
export function Endpoint({ id, scope, errors = [] }: EndpointOptions) {
  return applyDecorators(
    Scope(scope),
    ApiOperation({ operationId: id }),
    ApiBearerAuth('bearer'),
    ApiSecurity('apiKey'),
    ApiErrors(ValidationFailed, InvalidRequest, Unauthorized, MissingScope, OtherTenant, RateLimited, InternalError, ServiceUnavailable, ...errors),
  );
}

/** A POST: answers 200, as all of the documented surface does, and takes an Idempotency-Key. */
export function PostEndpoint(path: string, { errors = [], ...options }: EndpointOptions) {
  return applyDecorators(
    Post(path),
    HttpCode(HttpStatus.OK),
    // Not for every route: an interceptor costs each request, and only a POST needs this one.
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({ name: 'Idempotency-Key', required: false, description: 'Up to 255 characters. The same request with the same key is done once and answered again for 24 hours' }),
    Endpoint({ ...options, errors: [...errors, IdempotencyKeyInvalid, IdempotencyKeyReused, IdempotencyKeyInUse] }),
  );
}
