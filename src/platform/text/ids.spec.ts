import { isId, sortableId } from './ids';

describe('ids', () => {
  it.each([1, 2 ** 31, 2 ** 53 - 1])('%d is one', (value) => {
    expect(isId(value)).toBe(true);
  });

  it.each([0, -1, 0.1, 1e21, 2 ** 53, NaN, Infinity, '1', null, undefined, {}, [1], true])('%p is none', (value) => {
    expect(isId(value)).toBe(false);
  });

  it('with a prefix are unique, and sorted by the time they were made', () => {
    jest.useFakeTimers();
    const ids = Array.from({ length: 1000 }, (_, at) => {
      jest.setSystemTime(1_700_000_000_000 + at * 37);
      return sortableId('op');
    });
    jest.useRealTimers();
    expect(ids).toEqual([...new Set(ids)].sort());
    for (const id of ids) expect(id).toMatch(/^op_[0-9a-z]{25}$/);
  });
});
