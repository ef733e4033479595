import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiResponse, type OpenAPIObject, getSchemaPath } from '@nestjs/swagger';
import type { ApiErrorClass } from './api-error';

type ApiResponses = NonNullable<OpenAPIObject['paths'][string]['get']>['responses'];

const STATUS_TITLES: Record<number, string> = {
  400: 'The request is malformed or fails validation',
  401: 'No valid credentials',
  403: 'The credentials do not allow this',
  404: "No such resource in the caller's tenant",
  409: "The resource's state forbids this",
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'Well-formed, but a rule refuses it',
  429: 'Too many requests',
  500: 'The server failed',
  503: 'A dependency is down; try again',
  507: 'The server has no room left',
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
  return applyDecorators(...statuses.map((status) => ApiResponse({ status, type: ErrorDto, description: describe(status, errors) })));
}

function describe(status: number, errors: ApiErrorClass[]): string {
  const codes = new Set(errors.filter((error) => error.status === status).map((error) => `\`${error.code}\``));
  return `${STATUS_TITLES[status] ?? 'Error'}: ${[...codes].join(', ')}`;
}

/** The same for a route that is in the document already. */
export function addErrors(responses: ApiResponses, errors: ApiErrorClass[]): void {
  for (const { status, code } of errors) {
    const known = responses[status];
    if (known && 'description' in known) known.description += `, \`${code}\``;
    else responses[status] = { description: describe(status, errors), content: { 'application/json': { schema: { $ref: getSchemaPath(ErrorDto) } } } };
  }
}
