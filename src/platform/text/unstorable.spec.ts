import fc from 'fast-check';
import { findUnstorable, isStorable } from './unstorable';

describe('unstorable text', () => {
  it.each(['', 'ñ', '😀', '\u0001', '\ufffd', '\u2028'])('is not %j', (text) => {
    expect(isStorable(text)).toBe(true);
  });

  it.each(['\0', 'a\0b', '\ud83d', 'a\udc00', '\udc00\ud800'])('is %j', (text) => {
    expect(isStorable(text)).toBe(false);
  });

  it.each<[unknown, string | undefined]>([
    ['\0', 'body'],
    [{ a: { b: ['x', '\0'] } }, 'a.b[1]'],
    [['x', { a: '\ud800' }], '[1].a'],
    [{ '\0': 1 }, 'body'],
    [{ a: { '\0': 1 } }, 'a'],
    [{ a: 1, b: null, c: true, d: 'x', e: [] }, undefined],
    [null, undefined],
  ])('is found in %j at %s', (value, path) => {
    expect(findUnstorable(value)).toBe(path);
  });

  it('is found wherever it is, and nowhere else', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify(value);
        const isClean = !text.includes('\\u0000') && !/\\ud[89a-f]/.test(text);
        expect(findUnstorable(value) === undefined).toBe(isClean);
      }),
      { numRuns: 1000 },
    );
  });
});
