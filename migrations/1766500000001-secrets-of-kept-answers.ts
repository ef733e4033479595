import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API keys that were kept with the answers which showed them. Their other fields stay: such an answer can still be given again. */
export class SecretsOfKeptAnswers1766500000001 implements MigrationInterface {
  name = 'SecretsOfKeptAnswers1766500000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('SET LOCAL statement_timeout = 0');
    // The last property of the whole answer: what a customer's own JSON holds is always inside of something.
    await queryRunner.query(`
      UPDATE idempotency_keys SET body = regexp_replace(body, '"key":"lp_[^"]*"}$', '"key":null}')
      WHERE body LIKE '%"key":"lp\\_%"}' AND body ~ '"key":"lp_[^"]*"}$'
    `);
  }

  async down(): Promise<void> {}
}
