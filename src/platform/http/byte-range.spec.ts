import { parseByteRange } from './byte-range';

describe('the Range header, of a file of 100 bytes', () => {
  it.each([
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['bytes=50-500', { start: 50, end: 99 }],
    ['bytes=99-99', { start: 99, end: 99 }],
  ])('%s is a part', (header, part) => {
    expect(parseByteRange(header, 100)).toEqual(part);
  });

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0'])('%s begins behind its end', (header) => {
    expect(parseByteRange(header, 100)?.start).toBeGreaterThanOrEqual(100);
  });

  it.each([undefined, '', 'bytes=-', 'bytes=9-1', 'bytes=a-b', 'bytes=0-1,5-6', 'items=0-1', 'bytes=1.5-2', 'bytes=0-9999999999999999999'])('%s asks for all of it', (header) => {
    expect(parseByteRange(header, 100)).toBeUndefined();
  });
});
