import fc from 'fast-check';
import { parseFilterBy, parseSortBy } from './filter-by';

describe('parseFilterBy', () => {
  it.each<[string, unknown]>([
    ['', []],
    [';;', [undefined]],
    [' ; ;', [undefined]],
    ['a:b;', [{ field: 'a', values: ['b'] }]],
    ['a:b;;c:d', [{ field: 'a', values: ['b'] }, { field: 'c', values: ['d'] }]],
    ['a:b', [{ field: 'a', values: ['b'] }]],
    [
      'a:b;c:d',
      [
        { field: 'a', values: ['b'] },
        { field: 'c', values: ['d'] },
      ],
    ],
    ['a:b,c', [{ field: 'a', values: ['b', 'c'] }]],
    ['a:', [{ field: 'a', values: [''] }]],
    ['a:,', [{ field: 'a', values: ['', ''] }]],
    [' a : b ', [{ field: 'a', values: [' b '] }]],
    ['at:10:20:30', [{ field: 'at', values: ['10:20:30'] }]],
    ['a\\:b:c', [{ field: 'a:b', values: ['c'] }]],
    ['a:x\\;y\\,z\\:w\\\\v', [{ field: 'a', values: ['x;y,z:w\\v'] }]],
    ['a:x\\', [{ field: 'a', values: ['x\\'] }]],
    ['a', [undefined]],
    [':b', [undefined]],
    ['a\\:b', [undefined]],
    ['a:b;c', [{ field: 'a', values: ['b'] }, undefined]],
  ])('reads %j', (text, expected) => {
    expect(parseFilterBy(text)).toEqual(expected);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ':', ';', ',', '\\', ' ', '\0', 'é') }), (text) => void parseFilterBy(text)),
      { numRuns: 2000 },
    );
  });

  it('gives back whatever was escaped', () => {
    const escaped = (text: string) => text.replace(/[:;,\\]/g, '\\$&');
    const field = fc.string({ minLength: 1 }).filter((name) => name.trim() === name && name !== '');
    const clauses = fc.array(fc.record({ field, values: fc.array(fc.string(), { minLength: 1 }) }));
    fc.assert(
      fc.property(clauses, (sent) => {
        const text = sent.map(({ field: name, values }) => `${escaped(name)}:${values.map(escaped).join(',')}`).join(';');
        expect(parseFilterBy(text)).toEqual(sent);
      }),
    );
  });
});

describe('parseSortBy', () => {
  it.each<[string, unknown]>([
    ['', []],
    ['a', [{ field: 'a', direction: 'asc' }]],
    ['a=desc', [{ field: 'a', direction: 'desc' }]],
    [
      ' a = DESC ; b ',
      [
        { field: 'a', direction: 'desc' },
        { field: 'b', direction: 'asc' },
      ],
    ],
    [
      'a=asc,b=desc;',
      [
        { field: 'a', direction: 'asc' },
        { field: 'b', direction: 'desc' },
      ],
    ],
    ['a=', [{ field: 'a', direction: '' }]],
    ['a=desc=asc', [{ field: 'a', direction: 'desc=asc' }]],
    [';;', [{ field: '', direction: 'asc' }]],
    ['=asc', [{ field: '', direction: 'asc' }]],
    ['a=up', [{ field: 'a', direction: 'up' }]],
  ])('reads %j', (text, expected) => {
    expect(parseSortBy(text)).toEqual(expected);
  });
});
