import { storableJson } from './storable';

describe('JSON that can be stored', () => {
  it('loses NUL and halves of surrogate pairs, and nothing else', () => {
    expect(storableJson({ a: 'x\0y', b: ['\ud800', '😀', '\\u0000'], c: null, d: 1 })).toBe('{"a":"xy","b":["\ufffd","😀","\\\\u0000"],"c":null,"d":1}');
  });

  it('is of the values put in place of others', () => {
    expect(storableJson({ a: 1, b: { a: 2 } }, (key, value) => (key === 'a' ? 'a\0' : value))).toBe('{"a":"a","b":{"a":"a"}}');
  });
});
