import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiError } from './api-error';
import { constraintOf } from '../database/tenant-db';
import { toApiError } from './error-mapping';
import { ConcurrentModification, InvalidRequest, MethodNotAllowed, RouteNotFound } from './platform.errors';

/** The one shape of every error (decisions.md, Errors). */
export function errorBody(error: ApiError, requestId: string) {
  return { code: error.getStatus(), error: error.code, message: error.message, details: { ...error.details, requestId } };
}

@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  /** @param methodsOf the methods that a path answers to, to tell 405 from 404 */
  constructor(private readonly methodsOf: (path: string) => string[]) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = this.refine(toApiError(thrown, request), request);
    this.log(error, thrown, request);
    if (reply.sent) return;
    if (error.retryAfter !== undefined) void reply.header('Retry-After', String(error.retryAfter));
    if (error instanceof MethodNotAllowed) void reply.header('Allow', error.allow.join(', '));
    void reply.status(error.getStatus()).header('Content-Type', 'application/json; charset=utf-8').send(errorBody(error, request.id));
  }

  private refine(error: ApiError, request: FastifyRequest): ApiError {
    if (!(error instanceof RouteNotFound)) return error;
    const allowed = this.methodsOf(request.url.split('?')[0] ?? '');
    return allowed.length > 0 ? new MethodNotAllowed(request.method, allowed) : error;
  }

  private log(error: ApiError, thrown: unknown, request: FastifyRequest): void {
    const line = { requestId: request.id, method: request.method, path: request.url.split('?')[0], status: error.getStatus(), error: error.code };
    const constraint = constraintOf(thrown);
    if (error.getStatus() >= 500) this.logger.error({ ...line, err: thrown instanceof Error ? thrown : String(thrown) });
    // A race; or a constraint whose module should say what it means, or check before.
    else if (error instanceof ConcurrentModification || (error instanceof InvalidRequest && constraint)) this.logger.warn({ ...line, constraint });
    else this.logger.debug(line);
  }
}
