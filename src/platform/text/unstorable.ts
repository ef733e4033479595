/** NUL cannot be stored by PostgreSQL, and half of a surrogate pair is no character. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** The path of the first text inside a JSON value that cannot be stored, keys included. */
export function findUnstorable(value: unknown, path = ''): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path || 'body';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    const found = isStorable(key) ? findUnstorable(inner, at) : path || 'body';
    if (found !== undefined) return found;
  }
  return undefined;
}
