import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource, type EntityManager } from 'typeorm';
import { constraintOf, sqlStateOf } from '../../../src/platform/database/tenant-db';
import { toApiError } from '../../../src/platform/errors/error-mapping';
import { sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

interface Constraint {
  name: string;
  table: string;
  kind: 'primary or unique' | 'foreign key' | 'check' | 'exclusion';
  columns: string[];
}

// Unique indexes that stand for no constraint have a condition, as uq_tasks_subject: they are broken in the same way.
const CONSTRAINTS = `
  SELECT conname AS name, conrelid::regclass::text AS table,
    CASE contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion' ELSE 'primary or unique' END AS kind,
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey)) AS columns
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x') AND conrelid::regclass::text <> 'migrations'
  UNION ALL
  SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, 'primary or unique',
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = ANY(i.indkey::int2[]))
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u', 'x'))
  ORDER BY 2, 1`;

/** Values that every column of a type takes, another for each row. */
const VALUE: Record<string, (row: number) => string> = {
  bool: () => 'true',
  json: () => `'{}'`,
  jsonb: () => `'{}'`,
  timestamptz: () => 'now()',
  bpchar: () => `'MX'`,
  int2: (row) => `${32_000 + row}`,
};
const valueOf = (type: string, row: number): string => {
  if (type.startsWith('_')) return `'{}'`;
  return VALUE[type]?.(row) ?? (/^(int|float|numeric)/.test(type) ? `${2_000_000_000 + row}` : `'x${row}'`);
};

/** Codes that docs/errors.md names. */
const documented = new Set([...readFileSync(join(__dirname, '../../../docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code));

describe('a constraint that a race breaks', () => {
  const running = useTestApp();
  const STATE = { 'primary or unique': '23505', 'foreign key': '23503', check: '23514', exclusion: '23P01' };

  /** The error of a row that breaks this constraint, where such a row can be written without knowing what it means. Nothing of it stays. */
  async function broken({ name, table, kind, columns }: Constraint, others: Constraint[]): Promise<unknown> {
    const types = await sql<{ name: string; type: string }>(`SELECT attname AS name, typname AS type FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`, [table]);
    const row = (at: number) => types.map(({ name: column, type }) => valueOf(type, columns.includes(column) ? 0 : at)).join(', ');
    const insert = (at: number) => `INSERT INTO ${table} (${types.map(({ name: column }) => column).join(', ')}) VALUES (${row(at)})`;
    return inNothing(async (em) => {
      const inTheWay = others.filter((other) => other.table === table && other.name !== name && (other.kind === 'foreign key' || other.kind === 'check'));
      if (inTheWay.length > 0) await em.query(`ALTER TABLE ${table} ${inTheWay.map((other) => `DROP CONSTRAINT ${other.name}`).join(', ')}`);
      await em.query(insert(1));
      if (kind === 'primary or unique') await em.query(insert(2));
    });
  }

  /** The same error as PostgreSQL raises it, where a row would have to make sense. */
  const raised = ({ name, table, kind }: Constraint): Promise<unknown> =>
    inNothing((em) => em.query(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '${STATE[kind]}', CONSTRAINT = '${name}', TABLE = '${table}', SCHEMA = 'public'; END $$`));

  const inNothing = async (work: (em: EntityManager) => Promise<unknown>): Promise<unknown> => {
    const runner = running.app.nest.get(DataSource).createQueryRunner();
    await runner.startTransaction();
    try {
      await work(runner.manager);
    } catch (error) {
      return error;
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
    return undefined;
  };

  it('is a 404 or 409 with a documented code, a 400 where it is a value: every one that the schema has', async () => {
    const constraints = await sql<Constraint & Record<string, unknown>>(CONSTRAINTS);
    expect(constraints.length).toBeGreaterThan(100);
    let real = 0;
    const wrong: string[] = [];
    for (const constraint of constraints) {
      const { name, table, kind } = constraint;
      let error = await broken(constraint, constraints);
      if (constraintOf(error) === name) real++;
      else error = await raised(constraint);
      expect([constraintOf(error), sqlStateOf(error)]).toEqual([name, STATE[kind]]);
      const answer = toApiError(error, { method: 'POST', url: '/' });
      const allowed = kind === 'check' ? [400] : [404, 409];
      if (!allowed.includes(answer.getStatus()) || !documented.has(answer.code)) wrong.push(`${name} of ${table}: ${answer.getStatus()} ${answer.code}`);
      expect(answer.message).not.toMatch(/_|relation|constraint/);
    }
    expect(wrong).toEqual([]);
    // The others need rows that make sense, as a task that is scheduled.
    expect(real / constraints.length).toBeGreaterThan(0.9);
  });

  it('of NOT NULL, which a reference that is emptied can break, is a 409', async () => {
    const error = await inNothing((em) => em.query(`INSERT INTO users (tenant_id, name) VALUES (1, NULL)`));
    expect(sqlStateOf(error)).toBe('23502');
    expect(toApiError(error, { method: 'POST', url: '/' })).toMatchObject({ code: 'CONCURRENT_MODIFICATION', retryAfter: 1 });
  });

  it.each([
    ['fk_calls_voice_agent', 'VOICE_AGENT_NOT_FOUND'],
    ['fk_calls_user', 'USER_NOT_FOUND'],
    ['fk_custom_field_options_definition', 'CUSTOM_FIELD_NOT_FOUND'],
    ['fk_contact_notes_contact', 'CONTACT_NOT_FOUND'],
    ['fk_tasks_conversation', 'CONVERSATION_NOT_FOUND'],
    ['fk_conversations_status', 'FUNNEL_STATUS_IN_USE'],
    ['fk_message_attachments_file', 'FILE_NOT_FOUND'],
    ['fk_voice_agents_phone_number', 'PHONE_NUMBER_NOT_FOUND'],
    ['uq_users_email', 'USER_EMAIL_TAKEN'],
    ['fk_call_queue_connection', 'CONCURRENT_MODIFICATION'],
  ])('%s says %s', async (name, code) => {
    const constraint = (await sql<Constraint & Record<string, unknown>>(CONSTRAINTS)).find((one) => one.name === name) as Constraint;
    expect(toApiError(await raised(constraint), { method: 'POST', url: '/' }).code).toBe(code);
  });
});
