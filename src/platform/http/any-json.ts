import type { ApiPropertyOptions } from '@nestjs/swagger';

/** The OpenAPI schema of a property that holds any JSON. */
export const ANY_JSON: ApiPropertyOptions = {
  nullable: true,
  description: 'Any JSON',
  anyOf: [{ type: 'object', additionalProperties: true }, { type: 'array', items: {} }, { type: 'string' }, { type: 'number' }, { type: 'boolean' }],
};
