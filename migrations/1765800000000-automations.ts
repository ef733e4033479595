import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/platform/database/create-index-concurrently';

/** What follows by itself, where a tenant wants it: tasks that calls and messages open. */
export class Automations1765800000000 implements MigrationInterface {
  name = 'Automations1765800000000';
  transaction = false; // tasks may be many, so that each step may be done already

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE IF NOT EXISTS automations (
        tenant_id integer NOT NULL,
        trigger text NOT NULL,
        enabled boolean NOT NULL,
        assigned_to_type text,
        assigned_to_id text,
        due_in_minutes integer NOT NULL,
        objective text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT pk_automations PRIMARY KEY (tenant_id, trigger),
        CONSTRAINT fk_automations_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT ck_automations_assigned CHECK (NOT enabled OR assigned_to_id IS NOT NULL)
      );

      -- What a task was opened by, once; and what it is about, of which one at a time is to be done.
      ALTER TABLE tasks ADD COLUMN IF NOT EXISTS origin text, ADD COLUMN IF NOT EXISTS subject text;
    `);
    await createIndexConcurrently(queryRunner, 'CREATE UNIQUE INDEX CONCURRENTLY uq_tasks_origin ON tasks (origin, tenant_id) WHERE origin IS NOT NULL');
    await createIndexConcurrently(
      queryRunner,
      "CREATE UNIQUE INDEX CONCURRENTLY uq_tasks_subject ON tasks (subject, tenant_id) WHERE subject IS NOT NULL AND status = 'scheduled'",
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE tasks DROP COLUMN origin, DROP COLUMN subject; DROP TABLE automations');
  }
}
