import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is kept of an answer beside its body: headers that belong to it, and the links that are signed anew when it is given again. */
export class KeptAnswers1766500000000 implements MigrationInterface {
  name = 'KeptAnswers1766500000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE idempotency_keys ADD COLUMN headers jsonb, ADD COLUMN link_paths jsonb');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE idempotency_keys DROP COLUMN headers, DROP COLUMN link_paths');
  }
}
