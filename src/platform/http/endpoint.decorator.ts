import { HttpCode, HttpStatus, Post, applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiSecurity } from '@nestjs/swagger';
import { ApiErrors } from '../errors/api-errors.decorator';
import type { ApiErrorClass } from '../errors/api-error';
import { IdempotencyKeyInUse, IdempotencyKeyInvalid, IdempotencyKeyReused, InternalError, InvalidRequest, MissingScope, OtherTenant, RateLimited, ServiceUnavailable, Unauthorized, ValidationFailed } from '../errors/platform.errors';
import { Scope } from '../tenancy/route-access';
import type { TenantContext } from '../tenancy/tenant-context';

interface EndpointOptions {
  /** operationId, as documented. */
  id: string;
  scope: string;
  /** What this route can answer besides what every route can. */
  errors?: ApiErrorClass[];
}

interface PostEndpointOptions extends EndpointOptions {
  /** Properties of the answer that are shown this once: a replay by Idempotency-Key has null there. */
  secrets?: readonly string[];
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
export function PostEndpoint(path: string, { errors = [], secrets = [], ...options }: PostEndpointOptions) {
  return applyDecorators(
    Once(secrets), // first, so that what follows describes the handler that it puts in place
    Post(path),
    HttpCode(HttpStatus.OK),
    ApiHeader({ name: 'Idempotency-Key', required: false, description: 'Up to 255 characters. The same request with the same key is done once and answered again for 24 hours: secrets are null then, links are new' }),
    Endpoint({ ...options, errors: [...errors, IdempotencyKeyInvalid, IdempotencyKeyReused, IdempotencyKeyInUse] }),
  );
}

type Handler = (this: unknown, ctx: TenantContext, ...rest: unknown[]) => Promise<unknown>;

/** Lets the request's Idempotency-Key decide whether the handler runs. The ctx is a handler's first parameter, here as everywhere. */
const Once =
  (secrets: readonly string[]): MethodDecorator =>
  (_target, key, descriptor) => {
    const handler = descriptor.value as Handler;
    const once: Handler = function (ctx, ...rest) {
      return ctx.once ? ctx.once(ctx, (inside) => handler.call(this, inside, ...rest), secrets) : handler.call(this, ctx, ...rest);
    };
    // Nest and Swagger know a handler by its name, and by what is said of it.
    Object.defineProperty(once, 'name', { value: key });
    for (const name of Reflect.getMetadataKeys(handler) as unknown[]) Reflect.defineMetadata(name, Reflect.getMetadata(name, handler), once);
    descriptor.value = once as typeof descriptor.value;
  };
