import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/platform/database/create-index-concurrently';

const INDEXES = [
  'ix_inbound_webhooks_subjects ON inbound_webhooks USING gin (subjects)',
  'ix_idempotency_keys_subjects ON idempotency_keys USING gin (subjects)',
  'ix_operations_subjects ON operations USING gin (subjects)',
  // Rows of before, until they have been read.
  'ix_inbound_webhooks_unread ON inbound_webhooks (id) WHERE subjects IS NULL',
  'ix_idempotency_keys_unread ON idempotency_keys (expires_at) WHERE subjects IS NULL',
  'ix_operations_unread ON operations (id) WHERE subjects IS NULL',
  'ix_tasks_contact ON tasks (contact_id, tenant_id) WHERE contact_id IS NOT NULL',
  // A person's calls, and entries of the log that are nobody's; and what the deletion of a session has to look for.
  "ix_calls_person ON calls ((CASE direction WHEN 'outgoing' THEN to_number ELSE from_number END), tenant_id)",
  'ix_calls_session ON calls (session_id, tenant_id) WHERE session_id IS NOT NULL',
  'ix_messages_session ON messages (session_id, tenant_id) WHERE session_id IS NOT NULL',
  'ix_activities_nobody ON activities (id) WHERE contact_id IS NULL AND call_id IS NULL AND message_id IS NULL',
];

/** By which erasing finds what refers to a person; and a job that reads what rows of before are about. Each step may be done already. */
export class ErasureIndexes1766400000001 implements MigrationInterface {
  name = 'ErasureIndexes1766400000001';
  transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const index of INDEXES) await createIndexConcurrently(queryRunner, `CREATE INDEX CONCURRENTLY ${index}`);
    await queryRunner.query(`
      UPDATE tasks t SET contact_id = c.id FROM contacts c
      WHERE t.contact_id IS NULL AND t.subject ~ ' contact [0-9]{1,18}$' AND c.tenant_id = t.tenant_id AND c.id = substring(t.subject FROM '[0-9]{1,18}$')::bigint
    `);
    await queryRunner.query(`
      INSERT INTO outbox (type, payload) SELECT 'personal-data.read-subjects', '{}'
      WHERE (EXISTS (SELECT FROM inbound_webhooks) OR EXISTS (SELECT FROM idempotency_keys) OR EXISTS (SELECT FROM operations))
        AND NOT EXISTS (SELECT FROM outbox WHERE type = 'personal-data.read-subjects')
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX ${INDEXES.map((index) => index.split(' ')[0]).join(', ')}`);
  }
}
