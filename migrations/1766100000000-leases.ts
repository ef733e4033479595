import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a process that has stood still may not act on any more, and what a look-up needs of the moment of dialing. */
export class Leases1766100000000 implements MigrationInterface {
  name = 'Leases1766100000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- sent: what the provider was told that may be changed later; null for attempts older than this column
      -- unknown_at: since when no request for it can be under way any more
      ALTER TABLE call_attempts ADD COLUMN sent jsonb, ADD COLUMN unknown_at timestamptz;
      -- grows with each lease: who holds an older one has lost it
      ALTER TABLE messaging_conversations ADD COLUMN lease bigint NOT NULL DEFAULT 0;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE call_attempts DROP COLUMN sent, DROP COLUMN unknown_at;
      ALTER TABLE messaging_conversations DROP COLUMN lease;
    `);
  }
}
