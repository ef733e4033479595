import fc from 'fast-check';
import { checkCustomFields, customFieldFromText } from './custom-field-values';
import type { FieldRule, FieldType } from './custom-field.types';

const rule = (fieldType: FieldType, ...options: string[]): FieldRule => ({ id: 1, revision: 1, fieldType, options: new Set(options) });
const RULES = new Map<string, FieldRule>([
  ['text', rule('STRING')],
  ['number', rule('NUMBER')],
  ['date', rule('DATE')],
  ['flag', rule('BOOLEAN')],
  ['list', rule('LIST', 'a', 'b')],
  ['file', rule('FILE')],
]);

const codes = (sent: unknown) => Object.fromEntries(checkCustomFields(sent, RULES).faults.map(({ key, code }) => [key, code]));

describe('checkCustomFields', () => {
  it('lets pass what fits, and null, which removes', () => {
    const sent = { text: 'x', number: -0.5, date: '2026-03-26', flag: false, list: 'b', file: 'file_0123456789', nothing: null, number2: null };
    expect(checkCustomFields(sent, RULES)).toEqual({ values: sent, faults: [], unknownKeys: ['nothing', 'number2'] });
  });

  it.each([
    [{ text: 1 }],
    [{ text: 'x'.repeat(5001) }],
    [{ number: '1' }],
    [{ number: Infinity }],
    [{ number: NaN }],
    [{ date: '2026-02-30' }],
    [{ date: 1 }],
    [{ flag: 'true' }],
    [{ flag: 1 }],
    [{ file: 'x' }],
    [{ file: 'file_ABC0123456789' }],
  ])('refuses %j, and sets nothing of it', (sent) => {
    const checked = checkCustomFields({ ...sent, other: 1 }, RULES);
    expect(checked.faults).toEqual([{ key: Object.keys(sent)[0], code: 'INVALID_CUSTOM_FIELD_VALUE', message: expect.any(String) }]);
    expect(checked.values).toEqual({ other: 1 });
  });

  it('knows options by their exact value, and names them', () => {
    expect(codes({ list: 'A' })).toEqual({ list: 'OPTION_NOT_FOUND' });
    expect(checkCustomFields({ list: 1 }, RULES).faults[0]?.message).toContain('a, b');
  });

  it('keeps what is not defined, within reason', () => {
    expect(checkCustomFields({ any: { deep: [1] } }, RULES)).toMatchObject({ values: { any: { deep: [1] } }, unknownKeys: ['any'] });
    expect(codes({ '': 1 })).toEqual({ '': 'INVALID_VALUE' });
    expect(codes({ ['x'.repeat(256)]: 1, ['y'.repeat(255)]: 1 })).toEqual({ ['x'.repeat(256)]: 'INVALID_VALUE' });
    expect(codes({ 'a\0': 1 })).toEqual({ 'a\0': 'INVALID_VALUE' });
    expect(codes(Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`k${at}`, at])))).toEqual({ '': 'INVALID_VALUE' });
  });

  it.each([[[]], ['x'], [5], [true]])('takes %j for no custom fields', (sent) => {
    expect(codes(sent)).toEqual({ '': 'INVALID_TYPE' });
  });

  it('takes nothing for none', () => {
    for (const sent of [undefined, null, {}]) expect(checkCustomFields(sent, RULES)).toEqual({ values: {}, faults: [], unknownKeys: [] });
  });

  it('never throws, and each key ends as a value or as a fault', () => {
    const key = fc.oneof(fc.constantFrom(...RULES.keys(), 'constructor', 'toString'), fc.string({ minLength: 1, maxLength: 20 })).filter((one) => one !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue(), { noNullPrototype: true }), (sent) => {
        const { values, faults } = checkCustomFields(sent, RULES);
        expect([...Object.keys(values), ...faults.map((fault) => fault.key)].sort()).toEqual(Object.keys(sent).sort());
      }),
      { numRuns: 1000 },
    );
  });
});

describe('customFieldFromText', () => {
  it.each<[string, FieldRule | undefined, unknown]>([
    ['5', rule('NUMBER'), 5],
    [' -1.5 ', rule('NUMBER'), -1.5],
    ['', rule('NUMBER'), ''],
    ['five', rule('NUMBER'), 'five'],
    ['Sí', rule('BOOLEAN'), true],
    ['0', rule('BOOLEAN'), false],
    ['perhaps', rule('BOOLEAN'), 'perhaps'],
    ['5', rule('STRING'), '5'],
    ['5', undefined, '5'],
  ])('reads %j', (text, of, expected) => {
    expect(customFieldFromText(text, of)).toBe(expected);
  });
});
