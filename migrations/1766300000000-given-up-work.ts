import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/platform/database/create-index-concurrently';

/** Webhooks that were never applied are looked for every few minutes, so that a lost job heals by itself. Imports learn that their job was given up. */
export class GivenUpWork1766300000000 implements MigrationInterface {
  name = 'GivenUpWork1766300000000';
  transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    await createIndexConcurrently(queryRunner, 'CREATE INDEX CONCURRENTLY ix_inbound_webhooks_unapplied ON inbound_webhooks (received_at) WHERE applied_at IS NULL');
    // Until now their imports stayed "running" for ever: one attempt more, and they either go on or say why not.
    await queryRunner.query(
      `UPDATE outbox SET failed_at = NULL, run_at = now(), delivery = begun - 1, begun = begun - 1 WHERE failed_at IS NOT NULL AND begun > 0 AND type = 'import.run'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX ix_inbound_webhooks_unapplied');
  }
}
