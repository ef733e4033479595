import fc from 'fast-check';
import { ApiError } from '../errors/api-error';
import { InvalidJson, ValidationFailed } from '../errors/platform.errors';
import { parseJson } from './json-body';

const parse = (text: string | Buffer, checkText = true) => parseJson(Buffer.from(text as string), checkText);

describe('parseJson', () => {
  it('reads what JSON.stringify writes', () => {
    const value = fc.jsonValue({ maxDepth: 20 }).filter((one) => !JSON.stringify(one).includes('__proto__'));
    fc.assert(fc.property(value, (one) => expect(parse(JSON.stringify(one), false)).toEqual(JSON.parse(JSON.stringify(one)))));
  });

  it('answers any bytes with a value or an error that can be shown', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
    const nearly = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0d8eft1 -.') }).map((text) => Buffer.from(text));
    fc.assert(
      fc.property(fc.oneof(bytes, nearly), (body) => {
        try {
          parseJson(body, true);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('counts depth outside of strings only', () => {
    expect(parse(JSON.stringify({ a: '['.repeat(100), b: '\\"[[' }))).toEqual({ a: '['.repeat(100), b: '\\"[[' });
    expect(() => parse(`${'['.repeat(33)}${']'.repeat(33)}`)).toThrow(InvalidJson);
    expect(parse(`${'['.repeat(32)}${']'.repeat(32)}`)).toBeDefined();
    expect(parse(`[${Array(1000).fill('[{}]').join(',')}]`)).toHaveLength(1000);
  });

  it('refuses __proto__ however it is written, and keeps it as a value', () => {
    for (const text of ['{"__proto__":1}', '{"\\u005f\\u005fproto__":1}', '{"\\u005F_proto__":{}}', '[{"a":{"__proto__":[]}}]']) expect(() => parse(text)).toThrow(InvalidJson);
    expect(parse('{"a":"__proto__"}')).toEqual({ a: '__proto__' });
  });

  it('leaves unstorable text to the items of a bulk, and to nobody else', () => {
    expect(() => parse('{"a":"\\u0000"}')).toThrow(ValidationFailed);
    expect(parse('{"a":"\\u0000"}', false)).toEqual({ a: '\0' });
  });
});
