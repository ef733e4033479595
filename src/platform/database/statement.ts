import type { Pool, PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';

/** The connection behind an EntityManager: its transaction's own, or the pool where none is open. */
async function connectionOf(em: EntityManager): Promise<Pool | PoolClient> {
  if (em.queryRunner) return (await em.queryRunner.connect()) as PoolClient;
  return (em.dataSource.driver as PostgresDriver).master as Pool;
}

/**
 * A hand-written SQL statement that every connection prepares once: hot reads and bulk writes.
 * The name must be unique in the product.
 */
export class Statement<Row> {
  constructor(
    private readonly name: string,
    private readonly text: string,
  ) {}

  async rows(em: EntityManager, values: unknown[]): Promise<Row[]> {
    const connection = await connectionOf(em);
    return (await connection.query({ name: this.name, text: this.text, values })).rows as Row[];
  }

  async row(em: EntityManager, values: unknown[]): Promise<Row | undefined> {
    return (await this.rows(em, values))[0];
  }
}

/** SQL that differs from call to call; planned anew each time, so that the planner sees the values. */
export async function query<Row>(em: EntityManager, text: string, values: unknown[]): Promise<Row[]> {
  const connection = await connectionOf(em);
  return (await connection.query(text, values)).rows as Row[];
}
