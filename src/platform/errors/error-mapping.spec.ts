import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { ConflictError } from './api-error';
import { mapConstraint, toApiError } from './error-mapping';
import { MissingScope } from './platform.errors';

class Taken extends ConflictError {
  static readonly code = 'TAKEN';
}

const REQUEST = { method: 'GET', url: '/x?secret=1' };
const shown = (error: unknown) => {
  const known = toApiError(error, REQUEST);
  return { code: known.code, status: known.getStatus(), message: known.message, retryAfter: known.retryAfter };
};
const withCode = (code: string, message = 'secret SQL') => Object.assign(new Error(message), { code });

describe('toApiError', () => {
  it('leaves what is meant for the caller as it is', () => {
    const error = new MissingScope('contacts:read');
    expect(toApiError(error, REQUEST)).toBe(error);
  });

  it.each(['08006', '08P01', '57P01', '57P03', '53300', '55P03', '57014', '25P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])(
    'takes %s for a database that does not answer now',
    (code) => {
      expect(shown(withCode(code))).toMatchObject({ code: 'SERVICE_UNAVAILABLE', status: 503, retryAfter: 1 });
    },
  );

  it.each([
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    new QueryRunnerAlreadyReleasedError().message,
    new QueryRunnerProviderAlreadyReleasedError().message,
    'Driver not Connected',
  ])('takes "%s" for the same', (message) => {
    expect(shown(new Error(message))).toMatchObject({ code: 'SERVICE_UNAVAILABLE', status: 503 });
  });

  it('says that a write may have been made where its answer was lost, and that it was not where it was never sent', () => {
    const messageOf = (method: string, error: Error) => toApiError(error, { ...REQUEST, method }).message;
    for (const lost of [withCode('ETIMEDOUT'), withCode('57P01'), new Error('Connection terminated unexpectedly')]) {
      expect(messageOf('POST', lost)).toMatch(/may have been made/);
      expect(messageOf('GET', lost)).toMatch(/Nothing was changed/);
    }
    for (const refused of [withCode('ECONNREFUSED'), withCode('55P03'), new Error('timeout exceeded when trying to connect')]) expect(messageOf('POST', refused)).toMatch(/Nothing was changed/);
  });

  it.each(['22021', '22P05', '22P02', '22003', '22008'])('takes %s for a value that cannot be', (code) => {
    expect(shown(withCode(code))).toMatchObject({ code: 'INVALID_REQUEST', status: 400 });
  });

  it('knows the constraints that modules named', () => {
    mapConstraint('uq_spec', () => new Taken('taken'));
    expect(shown(Object.assign(withCode('23505'), { constraint: 'uq_spec' }))).toMatchObject({ code: 'TAKEN', status: 409 });
    expect(shown(Object.assign(withCode('23505'), { constraint: 'uq_other' }))).toMatchObject({ code: 'INTERNAL_ERROR', status: 500 });
  });

  it.each<[unknown, string, number]>([
    [new NotFoundException('Cannot GET /x'), 'ROUTE_NOT_FOUND', 404],
    [new HttpException('Request body is too large', 413), 'PAYLOAD_TOO_LARGE', 413],
    [new HttpException('Unsupported Media Type', 415), 'UNSUPPORTED_MEDIA_TYPE', 415],
    [new BadRequestException('no'), 'INVALID_REQUEST', 400],
    [withCode('FST_ERR_BAD_URL'), 'INVALID_REQUEST', 400],
    [Object.assign(new Error('no'), { statusCode: 400 }), 'INVALID_REQUEST', 400],
    [new HttpException('secret', 502), 'INTERNAL_ERROR', 500],
    [new TypeError('secret'), 'INTERNAL_ERROR', 500],
    ['secret', 'INTERNAL_ERROR', 500],
    [undefined, 'INTERNAL_ERROR', 500],
  ])('shows %p as %s', (error, code, status) => {
    expect(shown(error)).toMatchObject({ code, status });
  });

  it('never shows what was not meant to be shown', () => {
    for (const error of [new TypeError('secret'), withCode('22P02'), withCode('57P01'), withCode('23505'), new HttpException('secret', 500)])
      expect(shown(error).message).not.toContain('secret');
    expect(shown(new NotFoundException()).message).toContain('GET /x');
    expect(shown(new NotFoundException()).message).not.toContain('secret');
  });
});
