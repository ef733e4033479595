import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { TenantContext } from './tenant-context';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the API key guard on every route that is not public. */
    ctx?: TenantContext;
  }
}

/** The request's TenantContext. */
export const Ctx = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>().ctx);
