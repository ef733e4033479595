import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the processes of one installation have to agree on: which of them run, with which settings, and where the files are. */
export class Installation1766700000000 implements MigrationInterface {
  name = 'Installation1766700000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- What holds for the whole installation, one line each: which storage has its files, and whether its first API key is to be shown.
      CREATE TABLE installation (
        name text NOT NULL,
        value text NOT NULL,
        CONSTRAINT pk_installation PRIMARY KEY (name)
      );

      CREATE TABLE processes (
        id uuid NOT NULL,
        -- as people know it: "worker 4711 on crm-2"
        title text NOT NULL,
        -- name to a keyed hash of each setting that all must have alike
        settings jsonb NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_processes PRIMARY KEY (id)
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE processes, installation');
  }
}
