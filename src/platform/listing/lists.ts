import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement, query } from '../database/statement';
import { ValidationFailed } from '../errors/platform.errors';
import type { TenantContext } from '../tenancy/tenant-context';
import { type Field, FilterFault, type Operator, condition } from './field';
import { parseFilterBy, parseSortBy } from './filter-by';
import type { ListQueryDto, Page } from './list-query.dto';
import { PageTokens } from './page-token';
import { Sql } from './sql';

/** What can be listed, and how. `from` names the table with an alias; the tenant's condition is added here. */
export interface ListDefinition<Row, Item = unknown> {
  name: string;
  /** `contacts c` */
  from: string;
  /** Columns to select. */
  columns: string;
  /** Column of the tenant, and the id that makes every order total. */
  tenantColumn: string;
  idColumn: string;
  /** Of ids that are text, as `msg_…`. */
  idCast?: 'text';
  fields: Record<string, Field>;
  /** Fields whose names only the tenant knows, as customFields.<key>. */
  fieldOf?: (name: string) => Field | undefined;
  /** How dynamic fields are named in an error. */
  dynamicFields?: string[];
  search?: (text: string, sql: Sql) => string;
  defaultSort: [field: string, direction: 'asc' | 'desc'];
  /** Counts every row that `baseCondition` admits, faster than count(*). $1 is the tenant. */
  countAll?: string;
  /** Holds for every row that there is for anybody. */
  condition?: string;
  /** Holds for every row of the list. */
  baseCondition?: string;
  /** Wraps the page's rows, which come as `page`, with what hangs on them. */
  wrap?: (page: string) => string;
  read: (row: Row) => Item;
}

export interface ListFilter {
  field: string;
  operator: Operator;
  values: string[];
  /** Joined to the one before by OR. */
  or?: boolean;
  /** Where it stood in the request. */
  path: string;
}

export interface ListRequest {
  filters: ListFilter[];
  search?: string;
  sort: { field: string; direction: string; path: string }[];
  page?: number;
  pageToken?: string;
  size: number;
  /** Conditions of the route itself, as the parent's id. */
  scope?: (sql: Sql) => string;
  /** Names the scope in page tokens. */
  scopeName?: string;
  countTotal: boolean;
  /** Leave out the definition's baseCondition. */
  everything?: boolean;
}

/** A range of a field that has parameters of its own: from the one on, and before the other. */
export function rangeOf<Query extends object>(field: string, query: Query, from: keyof Query & string, to: keyof Query & string): ListFilter[] {
  const bounds = [
    { operator: 'gte' as const, path: from },
    { operator: 'lt' as const, path: to },
  ];
  return bounds.flatMap(({ operator, path }) => (query[path] ? [{ field, operator, values: [String(query[path])], path }] : []));
}

/** Rows of an export that are read at once. */
const PIECE = 1000;

/**
 * All that a list has, in pieces: by keyset, so that what was there throughout comes once, whatever is written meanwhile.
 * @param page reads one
 */
export async function* everyPage<Item>(request: ListRequest, page: (request: ListRequest) => Promise<Page<Item>>): AsyncGenerator<Item[]> {
  let pageToken: string | undefined;
  do {
    const { items, nextPageToken } = await page({ ...request, page: undefined, pageToken, size: PIECE, countTotal: false });
    if (items.length > 0) yield items;
    pageToken = nextPageToken;
  } while (pageToken !== undefined);
}

const DEFAULT_SIZE = 20;
const MAX_SIZE = 100;
const MAX_OFFSET_ROWS = 10_000;

/** How a row's sort key is compared: null sorts as the least value, so that a page can go on after it. */
const SORT_KEY: Record<Field['type'], (sql: string) => string> = {
  text: (sql) => `coalesce(fold(${sql}), '')`,
  number: (sql) => `coalesce(${sql}::numeric, '-Infinity'::numeric)`,
  instant: (sql) => `coalesce(${sql}, '0001-01-01 00:00:00Z'::timestamptz)`,
  boolean: (sql) => `coalesce(${sql}, false)`,
};
const LAST_INSTANT = `'9999-12-31 23:59:59Z'::timestamptz`;

const KEY_CAST: Record<Field['type'], string> = { text: 'text', number: 'numeric', instant: 'timestamptz', boolean: 'boolean' };

interface SortKey {
  sql: string;
  cast: string;
  descending: boolean;
}

/** The one list engine: filterBy, searchBy, sortBy, pages and page tokens, for every resource. */
@Injectable()
export class Lists {
  private readonly prepared = new Map<string, Statement<Record<string, unknown>>>();

  constructor(private readonly tokens: PageTokens) {}

  /** A list's query parameters as a request. @throws ValidationFailed */
  request(dto: ListQueryDto): ListRequest {
    const filters = parseFilterBy(dto.filterBy ?? '').map((clause): ListFilter => {
      if (!clause) throw fault('filterBy', 'INVALID_FORMAT', 'must be field:value pairs joined by ;, as firstName:John;email:john@example.com');
      return { field: clause.field, operator: 'in', values: clause.values, path: 'filterBy' };
    });
    const sort = parseSortBy(dto.sortBy ?? '').map((clause) => ({ ...clause, path: 'sortBy' }));
    return { filters, sort, search: dto.searchBy, page: dto.page, pageToken: dto.pageToken, size: Math.min(dto.pageSize ?? DEFAULT_SIZE, MAX_SIZE), countTotal: true };
  }

  async page<Row, Item>(em: EntityManager, ctx: TenantContext, list: ListDefinition<Row, Item>, request: ListRequest): Promise<Page<Item>> {
    const sql = new Sql();
    const where = this.where(ctx, list, request, sql);
    const unfiltered = where.conditions.length === where.own && list.countAll !== undefined && !request.everything;
    const keys = sortKeys(list, request);
    const queryName = () => JSON.stringify([ctx.tenantId, list.name, request.scopeName, request.filters, request.search, request.sort, request.everything]);
    const countAll = request.countTotal && unfiltered ? list.countAll : undefined;
    const counting = sql.copy();

    const conditions = [...where.conditions];
    if (request.pageToken) conditions.push(after(keys, this.tokens.read(request.pageToken, queryName()), sql));
    const text = pageSql(list, conditions, keys, countAll, `${sql.bind(request.size + 1)}::int8`, `${sql.bind(offsetOf(request))}::int8`);
    const [rows, counted] = await Promise.all([
      this.run<Row & PageColumns>(em, text, sql),
      request.countTotal && !unfiltered ? this.count(em, list, where.conditions, counting) : undefined,
    ]);
    const last = rows.length > request.size ? rows[request.size - 1] : undefined;
    // The total stands beside each row; an empty page has none to stand beside.
    const total = counted ?? rows[0]?.list_total ?? (countAll === undefined ? 0 : await this.count(em, list, where.conditions, counting));
    return {
      items: rows.slice(0, request.size).map((row) => list.read(row)),
      ...(last && { nextPageToken: this.tokens.issue(keys.map((_, at) => String(last[`list_key_${at}`])), queryName()) }),
      totalCount: total,
    };
  }

  private where<Row>(ctx: TenantContext, list: ListDefinition<Row>, request: ListRequest, sql: Sql): { conditions: string[]; own: number } {
    const conditions = [`${list.tenantColumn} = ${sql.bind(ctx.tenantId)}`];
    if (list.condition) conditions.push(list.condition);
    if (list.baseCondition && !request.everything) conditions.push(list.baseCondition);
    const own = conditions.length;
    if (request.scope) conditions.push(request.scope(sql));
    if (request.search?.trim() && list.search) conditions.push(list.search(request.search.trim(), sql));
    for (const group of groups(request.filters)) {
      const alternatives = group.map((filter) => filterCondition(list, filter, sql));
      conditions.push(alternatives.length === 1 ? (alternatives[0] ?? 'TRUE') : `(${alternatives.map((one) => `(${one})`).join(' OR ')})`);
    }
    return { conditions, own };
  }

  private async count<Row>(em: EntityManager, list: ListDefinition<Row>, conditions: string[], sql: Sql): Promise<number> {
    const [row] = await this.run<{ n: number }>(em, `SELECT count(*)::int8 AS n FROM ${list.from} WHERE ${conditions.join(' AND ')}`, sql);
    return row?.n ?? 0;
  }

  private async run<Row>(em: EntityManager, text: string, sql: Sql): Promise<Row[]> {
    if (sql.planEachTime) return query<Row>(em, text, sql.values);
    let statement = this.prepared.get(text);
    if (!statement) {
      statement = new Statement(`list_${createHash('sha1').update(text).digest('hex').slice(0, 24)}`, text);
      if (this.prepared.size < MAX_PREPARED) this.prepared.set(text, statement);
      else return query<Row>(em, text, sql.values);
    }
    return (await statement.rows(em, sql.values)) as Row[];
  }
}

/** Shapes of lists that are prepared; whatever comes later is planned each time. */
const MAX_PREPARED = 200;

/** Beside each row: its sort keys, and the total where all rows are counted. */
type PageColumns = Record<`list_key_${number}`, unknown> & { list_total?: number };

function offsetOf({ page = 1, pageToken, size }: ListRequest): number {
  if (pageToken) return 0;
  const offset = (page - 1) * size;
  if (page > 1 && offset + size > MAX_OFFSET_ROWS) {
    throw fault('page', 'INVALID_VALUE', `reaches ${MAX_OFFSET_ROWS} rows; to read further follow nextPageToken with pageToken`);
  }
  return offset;
}

/** The page's rows first, by their keys alone; then what hangs on them, for these rows only. Rows and total are of one snapshot. */
function pageSql<Row>(list: ListDefinition<Row>, conditions: string[], keys: SortKey[], countAll: string | undefined, limit: string, offset: string): string {
  const direction = (key: SortKey) => (key.descending ? 'DESC' : 'ASC');
  const selected = keys.map((key, at) => `${key.sql} AS list_key_${at}`).join(', ');
  const order = keys.map((key) => `${key.sql} ${direction(key)}`).join(', ');
  const page = `SELECT ${list.columns}, ${selected} FROM ${list.from} WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${limit} OFFSET ${offset}`;
  const total = countAll === undefined ? '' : `, (${countAll})::int8 AS list_total`;
  const outerOrder = keys.map((key, at) => `page.list_key_${at} ${direction(key)}`).join(', ');
  return `SELECT page.*${total} FROM (${list.wrap?.(page) ?? page}) AS page ORDER BY ${outerOrder}`;
}

/** A run of `or: true` belongs to the filter before it: a, b(or), c = (a OR b) AND c. */
function groups(filters: ListFilter[]): ListFilter[][] {
  const result: ListFilter[][] = [];
  for (const filter of filters) {
    const last = result.at(-1);
    if (filter.or && last) last.push(filter);
    else result.push([filter]);
  }
  return result;
}

function filterCondition<Row>(list: ListDefinition<Row>, filter: ListFilter, sql: Sql): string {
  const field = fieldOf(list, filter.field);
  if (!field) throw fault(filter.path, 'UNKNOWN_FIELD', `cannot filter by ${filter.field}; allowed: ${allowed(list, false)}`);
  try {
    const operator = filter.operator === 'in' && filter.values.length === 1 ? 'eq' : filter.operator;
    return condition(field, operator, filter.values, sql);
  } catch (error) {
    if (error instanceof FilterFault) throw fault(filter.path, 'INVALID_VALUE', `${filter.field}: ${error.message}`);
    throw error;
  }
}

function sortKeys<Row>(list: ListDefinition<Row>, request: ListRequest): SortKey[] {
  const sort = request.sort.length > 0 ? request.sort : [{ field: list.defaultSort[0], direction: list.defaultSort[1], path: 'sortBy' }];
  const keys = sort.map(({ field: name, direction, path }): SortKey => {
    const field = fieldOf(list, name);
    if (!field || field.sortable === false) throw fault(path, 'UNKNOWN_FIELD', `cannot sort by ${name}; allowed: ${allowed(list, true)}`);
    if (direction !== 'asc' && direction !== 'desc') throw fault(path, 'INVALID_VALUE', `${direction} is no direction; allowed: asc, desc`);
    // A column that is never null keeps its bare name, which is what an index is built on.
    const sql = NEVER_NULL.has(name) ? field.sql : field.nullsLast ? `coalesce(${field.sql}, ${LAST_INSTANT})` : SORT_KEY[field.type](field.sql);
    return { sql, cast: KEY_CAST[field.type], descending: direction === 'desc' };
  });
  if (!sort.some(({ field }) => field === 'id')) keys.push({ sql: list.idColumn, cast: list.idCast ?? 'int8', descending: keys.at(-1)?.descending ?? false });
  return keys;
}

const NEVER_NULL = new Set(['id', 'createdAt', 'updatedAt']);

/** Rows behind the last one given. One row comparison where all keys go one way, which an index answers; else its long form. */
function after(keys: SortKey[], values: unknown[], sql: Sql): string {
  if (values.length !== keys.length) throw fault('pageToken', 'INVALID_VALUE', 'does not fit the sort');
  const bound = keys.map((key, at) => `(${sql.bind(values[at])}::text)::${key.cast}`);
  const sign = (key: SortKey) => (key.descending ? '<' : '>');
  if (keys.every((key) => key.descending === keys[0]?.descending)) {
    return `(${keys.map((key) => key.sql).join(', ')}) ${sign(keys[0] as SortKey)} (${bound.join(', ')})`;
  }
  const alternatives = keys.map((key, at) => [...keys.slice(0, at).map((before, index) => `${before.sql} = ${bound[index]}`), `${key.sql} ${sign(key)} ${bound[at]}`].join(' AND '));
  return `(${alternatives.map((one) => `(${one})`).join(' OR ')})`;
}

const fieldOf = <Row>(list: ListDefinition<Row>, name: string): Field | undefined =>
  Object.hasOwn(list.fields, name) ? list.fields[name] : list.fieldOf?.(name);

const allowed = <Row>(list: ListDefinition<Row>, sorting: boolean): string => {
  const names = Object.entries(list.fields).filter(([, field]) => !sorting || field.sortable !== false);
  return [...names.map(([name]) => name), ...(list.dynamicFields ?? [])].join(', ');
};

const fault = (path: string, code: string, message: string): ValidationFailed => new ValidationFailed([{ path, code, message }]);
