import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tasks: what somebody is to do, and until when. */
export class Tasks1765200000000 implements MigrationInterface {
  name = 'Tasks1765200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE tasks (
        id text NOT NULL,
        tenant_id integer NOT NULL,
        objective text NOT NULL,
        conversation_id bigint,
        -- whoever: users of ours, or agents that only the client knows
        created_by_type text NOT NULL,
        created_by_id text NOT NULL,
        assigned_to_type text NOT NULL,
        assigned_to_id text NOT NULL,
        -- overdue is no status of its own: it is scheduled, and past its due date
        status text NOT NULL,
        published_at timestamptz(3),
        due_date timestamptz(3),
        completed_at timestamptz(3),
        cancelled_at timestamptz(3),
        cancellation_reason text,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT pk_tasks PRIMARY KEY (id, tenant_id),
        CONSTRAINT fk_tasks_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT fk_tasks_conversation FOREIGN KEY (tenant_id, conversation_id)
          REFERENCES conversations (tenant_id, id) ON DELETE SET NULL (conversation_id),
        CONSTRAINT ck_tasks_status CHECK (status IN ('scheduled', 'completed', 'cancelled'))
      );
      -- The order in which they are listed: those without a due date come last.
      CREATE INDEX ix_tasks_due ON tasks (tenant_id, coalesce(due_date, '9999-12-31 23:59:59Z'::timestamptz), id);
      CREATE INDEX ix_tasks_conversation ON tasks (conversation_id, tenant_id) WHERE conversation_id IS NOT NULL;
      CREATE INDEX ix_tasks_assigned ON tasks (tenant_id, assigned_to_id, assigned_to_type);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE tasks');
  }
}
