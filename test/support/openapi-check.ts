import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Answer } from './api-client';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  nullable?: boolean;
  enum?: unknown[];
  allOf?: Schema[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  [keyword: string]: unknown;
}

export interface Content {
  content?: Partial<Record<'application/json' | 'multipart/form-data', { schema?: Schema }>>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema?: Schema;
}

export interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content>;
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const FILE = process.env.TEST_OPENAPI ?? join(__dirname, '../../openapi.json');

/** The committed document, which only a build can make; undefined until there is one. */
export const openApi: OpenApi | undefined = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as OpenApi) : undefined;

const warned = new Set<string>();

function warnOnce(text: string): void {
  if (!warned.has(text)) process.stderr.write(`${text}\n`);
  warned.add(text);
}

/** Any of these can come before a route is known, or from it being none. */
const NOT_OF_AN_OPERATION = new Set([404, 405]);

/** Fails where a route answers what openapi.json does not say. */
export function checkAgainstOpenApi(method: string, url: string, { status, body, request }: Pick<Answer<unknown>, 'status' | 'body' | 'request'>): void {
  if (!openApi) return warnOnce('openapi.json does not exist: answers are not held against it. Make it with: npm run openapi');
  const path = url.split('?')[0] ?? '';
  if (!path.startsWith('/api/v1/')) return;
  const found = operationOf(method, path);
  if (!found) {
    if (!NOT_OF_AN_OPERATION.has(status) && isDocumentedMethod(method))
      warnOnce(`openapi.json has no ${method} ${path}: its answers are not checked. Renew it with: npm run openapi`);
    return;
  }
  const { response, name } = { name: `${method} ${found.template}`, response: found.operation.responses[status === 206 ? 200 : status] };
  if (!response) throw new Error(`${request} answered ${status}, which openapi.json does not know of ${name}: ${JSON.stringify(body).slice(0, 500)}`);
  const schema = response.content?.['application/json']?.schema;
  if (!schema) return;
  const validate = validator(`${name} ${status}`, schema);
  if (!validate(body)) {
    const faults = (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath || 'body'} ${message} ${JSON.stringify(params)}`);
    throw new Error(`${request} answered ${status}, which does not fit openapi.json:\n  ${faults.join('\n  ')}\n${JSON.stringify(body).slice(0, 1000)}`);
  }
}

/** Whether the schema, or a part of the document that is used as one, takes the value. */
export const takes = (name: string, schema: Schema, value: unknown): boolean => validator(name, schema)(value);

const isDocumentedMethod = (method: string): boolean => ['GET', 'POST', 'PUT', 'DELETE'].includes(method);

const templates = Object.entries(openApi?.paths ?? {})
  .map(([template, operations]) => ({ template, operations, pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}/?$`) }))
  // A path written out, as /contacts/search, comes before one with a parameter, as /contacts/{id}.
  .sort((one, other) => one.template.split('{').length - other.template.split('{').length);

function operationOf(method: string, path: string): { template: string; operation: Operation } | undefined {
  for (const { template, operations, pattern } of templates) {
    const operation = pattern.test(path) ? operations[method.toLowerCase()] : undefined;
    if (operation) return { template, operation };
  }
  return undefined;
}

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
const validators = new Map<string, ValidateFunction>();

function validator(name: string, schema: Schema): ValidateFunction {
  let validate = validators.get(name);
  if (!validate) {
    validate = ajv.compile({ ...jsonSchema(schema), components: jsonSchemas() });
    validators.set(name, validate);
  }
  return validate;
}

const jsonSchemas = () => ({ schemas: Object.fromEntries(Object.entries(openApi?.components.schemas ?? {}).map(([name, schema]) => [name, jsonSchema(schema)])) });

/**
 * OpenAPI 3.0 as JSON Schema: `nullable` adds null to the type beside it, and to nothing else. Neither an enum takes null by it,
 * nor what allOf and anyOf name. An object of named properties has these and no others: an answer with more says something that
 * the document keeps to itself.
 */
function jsonSchema(schema: Schema): Schema {
  const { nullable, ...rest } = schema;
  const converted = Object.fromEntries(Object.entries(rest).map(([keyword, value]) => [keyword, convert(value)])) as Schema;
  if (schema.properties) {
    converted.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, jsonSchema(property)]));
    converted.additionalProperties ??= false;
  }
  if (nullable && typeof schema.type === 'string') converted.type = [schema.type, 'null'];
  return converted;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  return typeof value === 'object' && value !== null ? jsonSchema(value as Schema) : value;
}
