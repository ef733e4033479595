import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse } from '@nestjs/swagger';
import type { ApiErrorClass } from './api-error';

const STATUS_TITLES: Record<number, string> = {
  400: 'The request is malformed or fails validation',
  401: 'No valid credentials',
  403: 'The credentials do not allow this',
  404: "No such resource in the caller's tenant",
  409: "The resource's state forbids this",
  413: 'The body is too large',
  422: 'Well-formed, but a rule refuses it',
  429: 'Too many requests',
  500: 'The server failed',
  503: 'A dependency is down; try again',
};

export class ErrorDto {
  @ApiProperty({ description: 'The HTTP status' })
  code: number;

  @ApiProperty({ description: 'A stable machine-readable code' })
  error: string;

  @ApiProperty({ description: 'What went wrong and what to do, for a person' })
  message: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'requestId always; fields[] = {path, code, message} for validation' })
  details: Record<string, unknown>;
}

/** Documents what a route can answer besides 200, from the classes it throws. */
export function ApiErrors(...errors: ApiErrorClass[]) {
  const statuses = [...new Set(errors.map((error) => error.status))];
  return applyDecorators(
    ...statuses.map((status) => {
      const codes = new Set(errors.filter((error) => error.status === status).map((error) => `\`${error.code}\``));
      return ApiResponse({ status, type: ErrorDto, description: `${STATUS_TITLES[status] ?? 'Error'}: ${[...codes].join(', ')}` });
    }),
  );
}
