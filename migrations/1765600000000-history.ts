import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/platform/database/create-index-concurrently';

/** What was done elsewhere, and is told afterwards: in the log once, however often it is told. */
export class History1765600000000 implements MigrationInterface {
  name = 'History1765600000000';
  transaction = false; // activities may be large, so that each step may be done already

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- a hash of all that an entry says; of entries that others told us only
      ALTER TABLE activities ADD COLUMN IF NOT EXISTS history_key text;
    `);
    await createIndexConcurrently(queryRunner, 'CREATE UNIQUE INDEX CONCURRENTLY uq_activities_history ON activities (history_key, tenant_id) WHERE history_key IS NOT NULL');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE activities DROP COLUMN history_key');
  }
}
