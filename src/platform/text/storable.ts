/**
 * JSON of what others sent, as PostgreSQL's jsonb takes it: without NUL, and without halves of surrogate pairs. What our own
 * clients send is refused for these; a provider would only send the same again.
 * @param change what to put in place of a value, as for JSON.stringify
 */
export function storableJson(value: unknown, change: (key: string, value: unknown) => unknown = (_, kept) => kept): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    const changed = change(key, inner);
    return typeof changed === 'string' ? changed.replaceAll('\0', '').toWellFormed() : changed;
  });
}

/** Text as PostgreSQL takes it: what it does not take is shown as what cannot be shown. */
export const storableText = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();
