import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Webhooks that were never applied are looked for every few minutes, so that a lost job heals by itself. Imports learn that their job was given up. */
export class GivenUpWork1766300000000 implements MigrationInterface {
  name = 'GivenUpWork1766300000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('SET LOCAL statement_timeout = 0');
    // Of hardly any rows: it is built by one reading of the table.
    await queryRunner.query('CREATE INDEX ix_inbound_webhooks_unapplied ON inbound_webhooks (received_at) WHERE applied_at IS NULL');
    // Until now their imports stayed "running" for ever: one attempt more, and they either go on or say why not.
    await queryRunner.query(
      `UPDATE outbox SET failed_at = NULL, run_at = now(), delivery = begun - 1, begun = begun - 1 WHERE failed_at IS NOT NULL AND begun > 0 AND type = 'import.run'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX ix_inbound_webhooks_unapplied');
  }
}
