import { BadRequestException, HttpException, HttpStatus, NotFoundException } from '@nestjs/common';
import { constraintOf, mayHaveHappened, sqlStateOf } from '../database/tenant-db';
import { ApiError } from './api-error';
import { InternalError, InvalidRequest, PayloadTooLarge, RouteNotFound, ServiceUnavailable, UnsupportedMediaType } from './platform.errors';

/** What breaking a named constraint means to the caller; modules add their own. */
const constraintErrors = new Map<string, () => ApiError>();

export function mapConstraint(constraint: string, error: () => ApiError): void {
  constraintErrors.set(constraint, error);
}

/** Connections refused, cut, or not to be had in time; locks not had in time; a server that starts or stops. */
const UNAVAILABLE = /^(08...|57P0[1-5]|53...|55P03|57014|25P03|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ETIMEDOUT)$/;
const UNAVAILABLE_MESSAGE = /timeout exceeded when trying to connect|timeout expired|Connection terminated|Driver not Connected/i;
const READS = new Set(['GET', 'HEAD']);

const OUTCOME_UNKNOWN = 'The connection to the database was lost. The change may have been made: look before you send it again, or send it with an Idempotency-Key, which makes that safe.';

/** Fastify's own refusals, whose codes Nest keeps to itself. */
const OF_STATUS: Record<number, () => ApiError> = {
  [HttpStatus.PAYLOAD_TOO_LARGE]: () => new PayloadTooLarge(),
  [HttpStatus.UNSUPPORTED_MEDIA_TYPE]: () => new UnsupportedMediaType(),
};

/** Every error there can be, as one that can be shown. What nobody expected becomes INTERNAL_ERROR. */
export function toApiError(error: unknown, request: { method: string; url: string }): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof NotFoundException) return new RouteNotFound(request.method, request.url.split('?')[0] ?? '');
  const code = sqlStateOf(error) ?? '';
  if (code === 'FST_ERR_BAD_URL') return new InvalidRequest('The path is not a valid url: look for a % that is not followed by two hex digits.');
  const mapped = constraintErrors.get(constraintOf(error) ?? '');
  if (mapped) return mapped();
  if (mayHaveHappened(error)) return READS.has(request.method) ? new ServiceUnavailable() : new ServiceUnavailable(OUTCOME_UNKNOWN);
  if (UNAVAILABLE.test(code) || UNAVAILABLE_MESSAGE.test((error as Error | undefined)?.message ?? '')) return new ServiceUnavailable();
  // Data exceptions: a value that passed every check of ours and that PostgreSQL still cannot hold.
  if (/^22/.test(code)) return new InvalidRequest('A value in the request is out of range.');
  if (error instanceof BadRequestException) return new InvalidRequest(error.message);
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number } | undefined)?.statusCode;
  const refusal = OF_STATUS[status ?? 0];
  if (refusal) return refusal();
  if (status && status >= HttpStatus.BAD_REQUEST && status < HttpStatus.INTERNAL_SERVER_ERROR) return new InvalidRequest((error as Error).message);
  return new InternalError();
}
