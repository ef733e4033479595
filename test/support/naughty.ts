import fc from 'fast-check';
import type { Schema } from './openapi-check';

/** What clients, attackers and accidents send. */
const TEXTS = [
  ...['', ' ', '\t\n', 'null', 'undefined', 'true', '0', '-1', '0.1', '1e21', 'NaN', '__proto__', 'constructor', 'toString'],
  ...['\0', 'a\0b', '\ud800', '\udc00x', '\u202e', '\ufeff', '\uffff', 'é', 'e\u0301', 'İ', 'ß', 'ﷺ', '😀', '中文', '\u0001\u001f\u007f'],
  ...["'", '"', '\\', '%', '_', "'; DROP TABLE contacts; --", '$1', '{{x}}', '<script>', '../../etc/passwd', '%00', '%', '(', '*', '[a', 'a.b.c'],
  ...['2026-02-30', '2026-01-01T00:00:00+15:59', '0001-01-01', '9999-12-31T23:59:59-15:00', '+525512345678', '555', 'ana@example.com', '@', 'US.123456789'],
  ...['x'.repeat(256), 'é'.repeat(5001), '1'.repeat(400), '='.repeat(50), ';:,\\'.repeat(20)],
];

const NUMBERS = [0, -0, 1, 2, -1, 0.1, 1.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e21, 1e308, 5e-324, -(2 ** 63)];

const OTHERS: unknown[] = [null, true, false, [], {}, [[]], [null], { constructor: 1 }, { length: 1e9 }, { toString: 'x' }, { then: 'x' }];

const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

export const naughtyText: fc.Arbitrary<string> = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...TEXTS) }, fc.string({ unit: 'binary', maxLength: 30 }));
const naughtyNumber = fc.oneof(fc.constantFrom(...NUMBERS), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
export const naughty: fc.Arbitrary<unknown> = fc.oneof(
  naughtyText,
  naughtyNumber,
  fc.constantFrom(...OTHERS, deep(10), deep(31), deep(40)),
  fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }),
);

type Schemas = Record<string, Schema>;

/** What a value of this name has to be for the request to get past the first check: some should. */
const SENSIBLE: Record<string, fc.Arbitrary<unknown>> = {
  email: fc.emailAddress(),
  phone: fc.constantFrom('+525512345678', '55 1234 5678', '+56912345678', '5598765432'),
  phoneNumber: fc.constantFrom('+525512345678', '55 1234 5678'),
  address: fc.constantFrom('+525512345678', 'ana@example.com', 'ana', 'US.123456789'),
  createdAt: fc.constantFrom('2026-03-26T15:43:16Z', '2019-08-24'),
  fieldKey: fc.constantFrom('plan', 'seats', 'a', 'B_2'),
  filterBy: fc.constantFrom(
    'firstName:a',
    'customFields.x:1',
    "customFields.a'b:1",
    'id:1,2',
    'createdAt:2026-01-01',
    'email:a@b.co',
    'phone:5512345678',
    'name:a;id:1',
    'addresses.channelType:PHONE',
  ),
  sortBy: fc.constantFrom('createdAt=desc', 'customFields.x=asc;id=desc', 'id', 'firstName=asc,lastName=desc', 'name=desc'),
  field: fc.constantFrom('firstName', 'lastName', 'createdAt', 'userId', 'addresses.address', 'addresses.channelType', 'email', 'customFields.seats', "customFields.it's"),
  direction: fc.constantFrom('asc', 'desc'),
  mode: fc.constantFrom('live', 'test'),
  scopes: fc.constant(['contacts:read']),
};

/** A wrong one of these ends the request at once, whatever else it has. */
const SELDOM = new Set(['tenantId', 'id', 'pageToken', 'userId', 'definitionId']);

/** Values of these names, some left out. */
export function nearlyRecord(properties: Record<string, Schema | undefined>, required: string[], schemas: Schemas, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const all = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      SENSIBLE[name] ? fc.oneof({ weight: 5, arbitrary: SENSIBLE[name] }, nearly(property, schemas, depth + 1)) : nearly(property, schemas, depth + 1),
    ]),
  );
  const often = Object.fromEntries(Object.entries(all).filter(([name]) => !SELDOM.has(name)));
  const of = (some: typeof all) => fc.record(some, { requiredKeys: required.filter((name) => name in some) });
  return fc.oneof({ weight: 9, arbitrary: of(often) }, of(all));
}

/** Mostly what the schema asks for, with something naughty in about every eighth place. */
export function nearly(schema: Schema | undefined, schemas: Schemas, depth = 0): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 7, arbitrary: fitting(schema, schemas, depth) }, { weight: 1, arbitrary: naughty });
}

function fitting(schema: Schema | undefined, schemas: Schemas, depth: number): fc.Arbitrary<unknown> {
  if (!schema || depth > 5) return naughty;
  if (schema.$ref) return fitting(schemas[schema.$ref.split('/').at(-1) ?? ''], schemas, depth);
  const alternatives = (schema.anyOf ?? schema.oneOf ?? schema.allOf) as Schema[] | undefined;
  if (alternatives?.length) return fc.oneof(...alternatives.map((one) => nearly(one, schemas, depth + 1)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'string':
      return schema.format === 'date-time' ? fc.oneof(fc.date({ noInvalidDate: true }).map(String), fc.constant('2026-03-26T15:43:16Z'), naughtyText) : naughtyText;
    case 'number':
    case 'integer':
      return fc.oneof(fc.integer({ min: 1, max: 60 }), naughtyNumber);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(nearly(schema.items, schemas, depth + 1), { maxLength: 4 });
    case 'object':
      return schema.additionalProperties
        ? fc.dictionary(fc.oneof(naughtyText, fc.constantFrom('plan', 'seats', 'since')), naughty, { maxKeys: 4, noNullPrototype: true })
        : nearlyRecord(schema.properties ?? {}, schema.required ?? [], schemas, depth);
    default:
      return naughty;
  }
}
