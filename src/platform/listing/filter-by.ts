export interface FilterClause {
  field: string;
  /** Any of these. */
  values: string[];
}

/** Splits at a separator, unless a backslash stands before it; keeps the backslashes. */
function split(text: string, separator: string): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\\' && at + 1 < text.length) parts[parts.length - 1] += char + text[++at];
    else if (char === separator) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}

/** One separator at the end is a habit of many; any other empty part is a value that somebody lost. */
function partsOf(parts: string[]): string[] {
  return parts.at(-1)?.trim() === '' ? parts.slice(0, -1) : parts;
}

const unescape = (text: string): string => text.replace(/\\(.)/gs, '$1');

/**
 * `field:value;field:value`, all must hold; a comma in a value means any of; `\` escapes `: ; , \`
 * Returns undefined for a clause without a colon, or without anything.
 */
export function parseFilterBy(text: string): (FilterClause | undefined)[] {
  return partsOf(split(text, ';')).map((clause) => {
    const [field = '', ...rest] = split(clause, ':');
    if (rest.length === 0 || field.trim() === '') return undefined;
    // Only the first colon separates: an unescaped one in a value, as in a time, is meant as it stands.
    return { field: unescape(field).trim(), values: split(rest.join(':'), ',').map(unescape) };
  });
}

export interface SortClause {
  field: string;
  direction: string;
}

/** `field=asc;field=desc`, with `;` or `,` between; a field alone is ascending. */
export function parseSortBy(text: string): SortClause[] {
  return partsOf(text.split(/[;,]/)).map((clause) => {
    const [field = '', ...direction] = clause.split('=');
    return { field: field.trim(), direction: direction.length === 0 ? 'asc' : direction.join('=').trim().toLowerCase() };
  });
}
