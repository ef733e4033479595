import fc from 'fast-check';
import { parseInstant } from './instants';

const iso = (text: unknown) => parseInstant(text)?.toISOString();

describe('parseInstant', () => {
  it.each([
    ['2026-03-26', '2026-03-26T00:00:00.000Z'],
    ['2026-03-26T15:43', '2026-03-26T15:43:00.000Z'],
    ['2026-03-26 15:43:16', '2026-03-26T15:43:16.000Z'],
    ['2026-03-26T15:43:16Z', '2026-03-26T15:43:16.000Z'],
    ['2026-03-26T15:43:16.5Z', '2026-03-26T15:43:16.500Z'],
    ['2026-03-26T15:43:16.123456789Z', '2026-03-26T15:43:16.123Z'],
    ['2026-03-26T15:43:16-06:00', '2026-03-26T21:43:16.000Z'],
    ['2026-03-26T00:30:00+0530', '2026-03-25T19:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('reads %s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it.each([
    '2026-02-30',
    '2025-02-29',
    '2026-04-31T00:00:00Z',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:60:00Z',
    '2026-01-01T23:59:60Z',
    '2026-01-01T00:00:00+16:00',
    '2026-01-01T00:00:00+05:60',
    '0000-01-01',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '10000-01-01',
    '26/03/2026',
    '2026-3-6',
    '20260326',
    ' 2026-03-26',
    '2026-03-26\n',
    'yesterday',
    '',
    1774539796,
    null,
    undefined,
    new Date(),
    {},
  ])('takes %p for no date', (value) => {
    expect(parseInstant(value)).toBeUndefined();
  });

  it('reads what Date writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        expect(parseInstant(date.toISOString())).toEqual(date);
      }),
    );
  });

  it('never throws, and gives nothing but years that four digits write', () => {
    const nearly = fc.stringMatching(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string(), nearly), (value) => {
        const date = parseInstant(value);
        if (date) expect(date.toISOString()).toMatch(/^\d{4}-/);
      }),
      { numRuns: 1000 },
    );
  });
});
