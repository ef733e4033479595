import { parseInstant } from '../text/instants';
import { type Sql } from './sql';

export const OPERATORS = ['eq', 'neq', 'contains', 'notContains', 'startsWith', 'endsWith', 'in', 'notIn', 'gt', 'gte', 'lt', 'lte', 'between', 'exists', 'notExists'] as const;
export type Operator = (typeof OPERATORS)[number];

export type FieldType = 'text' | 'number' | 'instant' | 'boolean';

/** Something that a list can be filtered or sorted by. */
export interface Field {
  type: FieldType;
  /** A column or expression of the list's query. */
  sql: string;
  /** Says the condition itself, where a comparison of `sql` would not do. Returns undefined to leave an operator to the default. */
  condition?: (operator: Operator, values: string[], sql: Sql) => string | undefined;
  /** A folded text column that contains this field's text as well and has an index for substrings: narrows the search first. */
  containedIn?: string;
  /** All the values that there are: any other in a comparison is a mistake, not a filter that finds nothing. */
  oneOf?: readonly string[];
  /** Further words for some of these values. */
  aliases?: Readonly<Record<string, readonly string[]>>;
  sortable?: false;
  /** An instant: what has none comes after all that have one, instead of before. */
  nullsLast?: true;
}

/** What is wrong with a filter, for whoever can say where it stood. */
export class FilterFault extends Error {}

const NEGATIONS: Partial<Record<Operator, Operator>> = { neq: 'eq', notContains: 'contains', notIn: 'in', notExists: 'exists' };
const COMPARISONS: Partial<Record<Operator, string>> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };
const CASTS: Record<FieldType, string> = { text: 'text', number: 'numeric', instant: 'timestamptz', boolean: 'boolean' };

/** How many values an operator takes; all others take one. */
const OPERANDS: Partial<Record<Operator, { takes: (count: number) => boolean; said: string }>> = {
  in: { takes: () => true, said: '' },
  notIn: { takes: () => true, said: '' },
  between: { takes: (count) => count === 2, said: 'takes two values, as ["2026-01-01", "2026-01-31"]' },
  exists: { takes: (count) => count === 0, said: 'takes no value' },
  notExists: { takes: (count) => count === 0, said: 'takes no value' },
};
const ONE = { takes: (count: number) => count === 1, said: 'takes one value' };

/** @throws FilterFault */
export function condition(field: Field, operator: Operator, values: string[], sql: Sql): string {
  const { takes, said } = OPERANDS[operator] ?? ONE;
  if (!takes(values.length)) throw new FilterFault(`${operator} ${said}`);
  if (field.oneOf && WHOLE[operator]) {
    const meant = choicesOf(field.oneOf, field.aliases ?? {}, values);
    return conditionOf(field, meant.length === values.length ? operator : WHOLE[operator], meant, sql);
  }
  return conditionOf(field, operator, values, sql);
}

function conditionOf(field: Field, operator: Operator, values: string[], sql: Sql): string {
  const negated = NEGATIONS[operator];
  // What is absent differs from every value: a row without the field satisfies each negation.
  if (negated) return `(${positive(field, negated, values, sql)}) IS NOT TRUE`;
  return positive(field, operator, values, sql);
}

function positive(field: Field, operator: Operator, values: string[], sql: Sql): string {
  const [first = '', second = ''] = values;
  const own = field.condition?.(operator, values, sql);
  if (own !== undefined) return own;
  const column = field.type === 'text' ? `fold(${field.sql})` : field.sql;
  const literal = (value: string) => (field.type === 'text' ? `fold(${sql.bind(value)}::text)` : `${sql.bind(parse(field.type, value))}::${CASTS[field.type]}`);
  switch (operator) {
    case 'exists':
      return `${field.sql} IS NOT NULL`;
    case 'contains':
      return textOnly(field, operator, `${column} LIKE ${sql.like(first)}${narrowed(field, first, sql)}`);
    case 'startsWith':
      return textOnly(field, operator, `${column} LIKE ${sql.like(first, 'start')}${narrowed(field, first, sql)}`);
    case 'endsWith':
      return textOnly(field, operator, `${column} LIKE ${sql.like(first, 'end')}${narrowed(field, first, sql)}`);
    case 'in':
      return values.length === 0 ? 'FALSE' : `${column} IN (${values.map(literal).join(', ')})`;
    case 'between':
      return `${column} >= ${literal(first)} AND ${column} <= ${literal(second)}`;
    default:
      return `${column} ${COMPARISONS[operator]} ${literal(first)}${operator === 'eq' ? narrowed(field, first, sql) : ''}`;
  }
}

/** Operators that compare the whole value, as those that compare it with several. */
const WHOLE: Partial<Record<Operator, Operator>> = { eq: 'in', in: 'in', neq: 'notIn', notIn: 'notIn' };

/** @throws FilterFault with all that are none */
function choicesOf(oneOf: readonly string[], aliases: Readonly<Record<string, readonly string[]>>, values: string[]): string[] {
  const unknown: string[] = [];
  const meant = values.flatMap((value) => {
    const word = value.trim().toLowerCase();
    const choice = oneOf.find((one) => one.toLowerCase() === word);
    if (choice !== undefined) return [choice];
    const choices = Object.hasOwn(aliases, word) ? aliases[word] : undefined;
    if (!choices) unknown.push(JSON.stringify(value));
    return choices ?? [];
  });
  if (unknown.length > 0) throw new FilterFault(`${unknown.join(', ')} ${unknown.length === 1 ? 'is' : 'are'} none of ${oneOf.join(', ')}`);
  return meant;
}

function textOnly(field: Field, operator: Operator, text: string): string {
  if (field.type !== 'text') throw new FilterFault(`${operator} compares text, and this field is of type ${field.type}`);
  return text;
}

/** Trigrams need three characters; below that the index would only be in the way. */
const narrowed = (field: Field, text: string, sql: Sql): string =>
  field.containedIn && text.length >= 3 ? ` AND ${field.containedIn} LIKE ${sql.like(text)}` : '';

function parse(type: FieldType, text: string): unknown {
  if (type === 'number') {
    const number = text.trim() === '' ? NaN : Number(text);
    if (!Number.isFinite(number)) throw new FilterFault(`${JSON.stringify(text)} is not a number`);
    return number;
  }
  if (type === 'instant') {
    const instant = parseInstant(text);
    if (!instant) throw new FilterFault(`${JSON.stringify(text)} is not a date in ISO 8601`);
    return instant;
  }
  if (type === 'boolean') {
    if (!/^(true|false)$/i.test(text)) throw new FilterFault(`${JSON.stringify(text)} is neither true nor false`);
    return text.toLowerCase() === 'true';
  }
  return text;
}
