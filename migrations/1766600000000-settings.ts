import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a tenant says of itself: its time zone, and the phone that rings where nobody says which. */
export class Settings1766600000000 implements MigrationInterface {
  name = 'Settings1766600000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE tenants ADD COLUMN timezone text, ADD COLUMN agent_phone text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE tenants DROP COLUMN timezone, DROP COLUMN agent_phone');
  }
}
