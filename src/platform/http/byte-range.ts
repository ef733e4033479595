import type { ByteRange } from '../storage/storage';

/**
 * The part of a file of `size` bytes that a Range header asks for (RFC 9110, 14.2). Undefined, which is all of it, for what is
 * no range of bytes, or several. A start at or behind `size` cannot be served: that is for the caller to see.
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return { start: last === '0' ? size : Math.max(size - Number(last), 0), end: size - 1 };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return { start: Number(first), end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
