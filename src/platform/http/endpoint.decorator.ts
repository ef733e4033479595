import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiSecurity } from '@nestjs/swagger';
import { ApiErrors } from '../errors/api-errors.decorator';
import type { ApiErrorClass } from '../errors/api-error';
import { InternalError, InvalidRequest, MissingScope, RateLimited, ServiceUnavailable, Unauthorized, ValidationFailed } from '../errors/platform.errors';
import { Scope } from '../tenancy/route-access';

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
    ApiErrors(ValidationFailed, InvalidRequest, Unauthorized, MissingScope, RateLimited, InternalError, ServiceUnavailable, ...errors),
  );
}
