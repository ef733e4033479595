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

const unescape = (text: string): string => text.replace(/\\(.)/gs, '$1');

/**
 * `field:value;field:value`, all must hold; a comma in a value means any of; `\` escapes `: ; , \`
 * (decisions.md, Lists). Returns undefined for a clause without a colon.
 */
export function parseFilterBy(text: string): (FilterClause | undefined)[] {
  return split(text, ';')
    .filter((clause) => clause.trim() !== '')
    .map((clause) => {
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
  return text
    .split(/[;,]/)
    .filter((clause) => clause.trim() !== '')
    .map((clause) => {
      const [field = '', direction = 'asc'] = clause.split('=');
      return { field: field.trim(), direction: direction.trim().toLowerCase() };
    });
}
