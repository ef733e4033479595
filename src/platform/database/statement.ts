import { type CustomTypesConfig, type Pool, type PoolClient, types } from 'pg';
import type { EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import type { PatientClient } from './patient-pool';

/** The connection behind an EntityManager: its transaction's own, or the pool where none is open. */
async function connectionOf(em: EntityManager): Promise<Pool | PoolClient> {
  if (em.queryRunner) return (await em.queryRunner.connect()) as PoolClient;
  return (em.dataSource.driver as PostgresDriver).master as Pool;
}

const TIMESTAMPTZ = 1184;

const SECONDS_END = 19; // of 2026-03-26 15:43:16
const MILLISECONDS_END = 23;

/** PostgreSQL's text of an instant, or that of its JSON, as ISO 8601 in UTC with milliseconds: no Date is made only to be printed. */
export function isoInstant(text: string): string {
  if (text.endsWith('Z')) return text;
  // Milliseconds that are not round, from JSON and from a column: by far the most, and no more than a cut.
  if (text.length === 29 && text.endsWith('+00:00')) return `${text.slice(0, MILLISECONDS_END)}Z`;
  if (text.length === 26 && text.endsWith('+00')) return `${text.slice(0, 10)}T${text.slice(11, MILLISECONDS_END)}Z`;
  const end = text.endsWith('+00') ? text.length - 3 : text.endsWith('+00:00') ? text.length - 6 : 0;
  if (end < SECONDS_END || end > MILLISECONDS_END) return new Date(text).toISOString();
  return `${text.slice(0, 10)}T${text.slice(11, SECONDS_END)}.${text.slice(SECONDS_END + 1, end).padEnd(3, '0')}Z`;
}

const parsers = new Map<number, (text: string) => unknown>([[TIMESTAMPTZ, isoInstant]]);

/** Instants as ISO text, everything else as ever; looked up once a type, since every answer asks for every column. */
const ISO_TYPES: CustomTypesConfig = {
  getTypeParser(oid: number) {
    const known = parsers.get(oid);
    if (known) return known;
    const parser = types.getTypeParser(oid, 'text') as (text: string) => unknown;
    parsers.set(oid, parser);
    return parser;
  },
};

/**
 * A hand-written SQL statement that every connection prepares once: hot reads and bulk writes. Instants come as ISO text.
 * The name must be unique in the product.
 */
export class Statement<Row> {
  constructor(
    private readonly name: string,
    private readonly text: string,
  ) {}

  async rows(em: EntityManager, values: unknown[]): Promise<Row[]> {
    const connection = await connectionOf(em);
    return (await connection.query({ name: this.name, text: this.text, values, types: ISO_TYPES })).rows as Row[];
  }

  async row(em: EntityManager, values: unknown[]): Promise<Row | undefined> {
    return (await this.rows(em, values))[0];
  }
}

/** SQL that differs from call to call; planned anew each time, so that the planner sees the values. Instants come as ISO text. */
export async function query<Row>(em: EntityManager, text: string, values: unknown[]): Promise<Row[]> {
  const connection = await connectionOf(em);
  return (await connection.query({ text, values, types: ISO_TYPES })).rows as Row[];
}

/** Lets every statement of this transaction take so long, on the server and here. */
export async function allow(em: EntityManager, statementMs: number): Promise<void> {
  await query(em, `SELECT set_config('statement_timeout', $1, true)`, [String(statementMs)]);
  ((await connectionOf(em)) as PoolClient & PatientClient).waitUntilCommit(statementMs);
}
