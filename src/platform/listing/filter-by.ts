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

/** Empty parts beside others say nothing and harm nobody; where there is nothing else, somebody has lost what was to be there. */
function partsOf(parts: string[]): string[] {
  const said = parts.filter((part) => part.trim() !== '');
  return said.length > 0 || parts.length === 1 ? said : [''];
}

const unescape = (text: string): string => text.replace(/\\(.)/gs, '$1');

/**
 * `field:value;field:value`, all must hold; a comma in a value means any of; `\` escapes `: ; , \`
 * Returns undefined for a clause without a colon, or where there are separators alone.
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
