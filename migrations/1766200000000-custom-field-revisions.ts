import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which rules a value was checked against: whoever writes one makes sure that they are still those. */
export class CustomFieldRevisions1766200000000 implements MigrationInterface {
  name = 'CustomFieldRevisions1766200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- grows with what a value must fit: the type, and the values of options
      ALTER TABLE custom_field_definitions ADD COLUMN revision integer NOT NULL DEFAULT 1;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE custom_field_definitions DROP COLUMN revision');
  }
}
