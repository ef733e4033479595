import type { QueryRunner } from 'typeorm';

/**
 * An index on a table that may be large, without holding its writers up: for migrations that say `transaction = false`. It waits for
 * all transactions that run now, however long they take, and nobody waits for it. A build that was cut off leaves an index that
 * PostgreSQL does not use: it is made again.
 * @param sql `CREATE [UNIQUE] INDEX CONCURRENTLY <name> ON …`
 */
export async function createIndexConcurrently(queryRunner: QueryRunner, sql: string): Promise<void> {
  const name = /^\s*CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\w+) ON /.exec(sql)?.[1];
  if (!name) throw new Error(`not a CREATE INDEX CONCURRENTLY with a name: ${sql}`);
  await queryRunner.query('SET lock_timeout = 0');
  await queryRunner.query('SET statement_timeout = 0');
  try {
    const [index] = (await queryRunner.query('SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)', [name])) as { valid: boolean }[];
    if (index?.valid) return;
    if (index) await queryRunner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
    await queryRunner.query(sql);
  } finally {
    // Where the connection is lost, that is what is told.
    await queryRunner.query('RESET lock_timeout').catch(() => undefined);
    await queryRunner.query('RESET statement_timeout').catch(() => undefined);
  }
}
