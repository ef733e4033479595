import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { JSON_SCHEMA, load } from 'js-yaml';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The providers' own specifications, which are not part of the project. */
const FOLDER = join(__dirname, '../../../shared/reference/specs');

type Schema = Record<string, unknown>;
interface Specification {
  paths: Record<string, Record<string, Record<string, unknown>>>;
  components: { schemas: Record<string, Schema> };
}

export type Provider = 'vapi' | 'twilio' | 'whatsapp-cloud';

const fileOf = (provider: Provider): string => `${provider}.openapi.${provider === 'whatsapp-cloud' ? 'yaml' : 'json'}`;

const pathOf = (provider: Provider): string => join(FOLDER, fileOf(provider));

/** Where they are absent, what needs them is skipped, and says so. */
export const describeWithSpecification = (provider: Provider, title: string, tests: () => void): void =>
  existsSync(pathOf(provider)) ? describe(title, tests) : describe.skip(title, () => it(`needs ${fileOf(provider)}`, () => undefined));

export const specificationOf = (provider: Provider): Specification => load(readFileSync(pathOf(provider), 'utf8'), { schema: JSON_SCHEMA }) as Specification;

/** Checks what is sent: every value must fit, and every property must be one that the specification names. */
export function validatorOf(specification: Specification, schema: Schema): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  addFormats(ajv);
  ajv.addSchema({ ...(mended(specification) as Specification), $id: 'spec' });
  const pointed = JSON.parse(JSON.stringify(mended(schema)).replaceAll('"#/', '"spec#/')) as Schema;
  return ajv.compile(pointed);
}

/**
 * What the specifications mean where they say it wrongly: an enum beside an array is of its items, one of texts is of no
 * object, a pattern in slashes is one without, a preset is also a text, so that one of is any of. And closed: what they do not name must not be sent.
 */
function mended(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mended);
  if (typeof value !== 'object' || value === null) return value;
  const schema: Schema = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mended(inner)]));
  if (schema.type === 'array' || (Array.isArray(schema.enum) && schema.enum.length === 0)) delete schema.enum;
  if (schema.type === 'object' && Array.isArray(schema.enum)) delete schema.type;
  if (schema.oneOf) schema.anyOf = schema.oneOf;
  delete schema.oneOf;
  if (typeof schema.pattern === 'string') schema.pattern = schema.pattern.replace(/^\/(.*)\/u$/, '$1');
  if (schema.type === 'object' && typeof schema.properties === 'object' && schema.additionalProperties === undefined) schema.additionalProperties = false;
  return schema;
}
