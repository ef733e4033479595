import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Webhooks that were never applied are looked for every few minutes, so that a lost job heals by itself. */
export class GivenUpWork1766300000000 implements MigrationInterface {
  name = 'GivenUpWork1766300000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('SET LOCAL statement_timeout = 0');
    // Of hardly any rows: it is built by one reading of the table.
    await queryRunner.query('CREATE INDEX ix_inbound_webhooks_unapplied ON inbound_webhooks (received_at) WHERE applied_at IS NULL');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX ix_inbound_webhooks_unapplied');
  }
}
