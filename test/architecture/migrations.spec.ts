import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const MIGRATIONS = join(__dirname, '../../migrations');

const NO_LIMIT = /\bSET (LOCAL )?statement_timeout = 0\b/i;
const COMMENTS = /^\s*(\/\/|\/?\*|--).*$/gm;

/**
 * What may run for longer than the statement_timeout of a connection on a table with many rows, and neither says that it may nor
 * leaves the table's writers alone: indexes and constraints of tables that were there before this migration.
 */
function tooSlow(source: string): string[] {
  const up = source.slice(0, source.indexOf('async down(')).replaceAll(COMMENTS, '');
  if (NO_LIMIT.test(up)) return [];
  const made = new Set([...up.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/gi)].map(([, table]) => table));
  const isOld = ([, , table]: RegExpMatchArray): boolean => !made.has(table);
  const indexes = [...up.matchAll(/CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?(?:IF NOT EXISTS )?\w+ ON (\w+)/gi)].filter((match) => isOld(match) && !match[1]);
  const constraints = [...up.matchAll(/ALTER TABLE (?:ONLY )?((\w+)[^;`]*?ADD CONSTRAINT [^;`]*)/gi)].filter((match) => isOld(match) && !/NOT VALID|USING INDEX/i.test(match[0]));
  return [...indexes, ...constraints].map(([statement]) => statement.replaceAll(/\s+/g, ' ').slice(0, 100));
}

const migration = (up: string): string => `async up(queryRunner) { await queryRunner.query(\`${up}\`); }\n async down(queryRunner) {}`;

describe('migrations of tables with many rows', () => {
  it.each(readdirSync(MIGRATIONS))('are CONCURRENT, or say SET LOCAL statement_timeout = 0: %s', (file) => {
    expect(tooSlow(readFileSync(join(MIGRATIONS, file), 'utf8'))).toEqual([]);
  });

  it.each([
    'CREATE INDEX ix_contacts_name ON contacts (name)',
    'CREATE UNIQUE INDEX IF NOT EXISTS uq_contacts_name ON contacts (name)',
    'CREATE TABLE others (id bigint); CREATE INDEX ix_contacts_name ON contacts (name)',
    'ALTER TABLE contacts ADD COLUMN a text, ADD CONSTRAINT ck_contacts_a CHECK (a IS NOT NULL)',
  ])('would be found: %s', (up) => {
    expect(tooSlow(migration(up))).toHaveLength(1);
  });

  it.each([
    'CREATE INDEX CONCURRENTLY ix_contacts_name ON contacts (name)',
    'SET LOCAL statement_timeout = 0; CREATE INDEX ix_contacts_name ON contacts (name)',
    'CREATE TABLE contacts (name text); CREATE INDEX ix_contacts_name ON contacts (name)',
    'ALTER TABLE contacts ADD CONSTRAINT ck_contacts_name CHECK (length(name) < 9) NOT VALID',
  ])('are left alone: %s', (up) => {
    expect(tooSlow(migration(up))).toEqual([]);
  });
});
