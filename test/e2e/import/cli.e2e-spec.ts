import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILES } from '../../factories/files';
import { aTenant } from '../../factories/tenants';
import { expectError, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { until } from '../../support/until';
import { type Desk, everything, rowCounts, useDesk } from '../conversations/desk';
import { SHEET, hasSheet, leads } from './leads';
import { build, cli, end, printed, startCli, useFolder } from './programs';

jest.setTimeout(300_000);

interface Printed {
  successful: number;
  duplicates: number;
  errors: number;
  total: number;
}

describe('the command line', () => {
  const folder = useFolder();
  const running = useDesk();
  let desk: Desk;
  beforeAll(build);
  beforeEach(() => {
    desk = running.desk;
  });
  const file = (name: string, content: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, content);
    return path;
  };
  const importing = (path: string, ...options: string[]) => ['import', 'conversations', path, '--tenant', desk.id, '--funnel', 'Sales', ...options];
  const load = (path: string, ...options: string[]) => printed<Printed>(importing(path, ...options), folder.path);

  /** What the tables say, but for ids and the time of day: the same after any way to load the same file. */
  const contents = async () =>
    sql(`SELECT c.first_name, c.last_name, c.national_id, c.custom_fields, c.search_text, c.event_sequence, v.custom_fields AS of_conversation, v.funnel_status_id,
           (SELECT json_agg(json_build_array(a.channel_type, a.address, a.identity) ORDER BY a.address) FROM contact_addresses a WHERE a.contact_id = c.id) AS addresses,
           (SELECT json_agg(s.channel_type ORDER BY s.channel_type) FROM channel_sessions s WHERE s.funnel_conversation_id = v.id) AS sessions
         FROM contacts c LEFT JOIN conversations v ON v.contact_id = c.id ORDER BY c.search_text, v.custom_fields`);

  (hasSheet ? it : it.skip)('loads the customer’s own sheet, and sent again changes nothing', async () => {
    expect(await load(SHEET)).toMatchObject({ successful: 7600, duplicates: 1800, errors: 600, total: 10_000, errorsFile: 'errors.csv' });
    expect(readFileSync(join(folder.path, 'errors.csv'), 'utf8').match(/import_errors|\[[A-Z_]+\]"?\n/g)).toHaveLength(601);
    expect(await rowCounts()).toMatchObject({ contacts: 7600, conversations: 7600 });
    const before = await everything();
    expect(await load(SHEET)).toMatchObject({ successful: 0, duplicates: 9400, errors: 600, total: 10_000 });
    expect(await everything()).toEqual(before);
  });

  it('killed half-way and sent again, loads what is missing and makes nobody twice', async () => {
    const tens = 800;
    const path = file('leads.csv', leads(tens));
    await load(path);
    const unkilled = await contents();
    await sql('DELETE FROM conversations');
    await sql('DELETE FROM contacts');

    let seen = 0;
    for (const rows of [1, 2000, 4000]) {
      const child = startCli(importing(path), folder.path);
      const died = once(child, 'exit');
      await Promise.race([until(async () => (await countRows('contacts')) >= rows, 30), died]);
      end(child);
      await died;
      // What the killed process had sent is finished or rolled back before anybody looks.
      await until(async () => (await countRows('pg_stat_activity', `datname = current_database() AND application_name = 'llamador' AND state = 'active'`)) === 0);
      seen = Math.max(seen, await countRows('conversations'));
      expect(await countRows('conversations')).toBe(await countRows('contacts'));
    }
    expect(seen).toBeGreaterThan(0);
    const { successful, duplicates, errors } = await load(path);
    expect({ successful, duplicates, errors }).toEqual({ successful: 7 * tens - seen, duplicates: 2 * tens + seen, errors: tens });
    expect(await contents()).toEqual(unkilled);
  });

  it('takes a map, and a dry run writes no row', async () => {
    const path = file('leads.csv', 'who;number;junk\nAna;5510000000;x\nLuz;N/A;y\n');
    const map = file('map.json', JSON.stringify({ who: 'name', number: 'phone', junk: 'ignore' }));
    const before = await everything();
    const expected = {
      successful: 1,
      duplicates: 0,
      errors: 1,
      total: 2,
      errorCodes: { INVALID_PHONE: 1 },
      mapping: { who: 'name', number: 'phone', junk: 'ignore' },
      errorsFile: 'failed.csv',
    };
    expect(await load(path, '--map', map, '--dry-run', '--errors', 'failed.csv')).toMatchObject({ ...expected, dryRun: true });
    expect(await everything()).toEqual(before);
    expect(await load(path, '--map', map, '--errors', 'failed.csv', '--delimiter', ';')).toMatchObject(expected);
    expect(await sql('SELECT first_name, custom_fields FROM contacts')).toEqual([{ first_name: 'Ana', custom_fields: {} }]);
  });

  it('says in one line what a person has to mend', async () => {
    const path = file('leads.csv', leads(1));
    await aTenant(running.app);
    const map = file('map.json', '{"fone": "phone"}');
    const list = file('list.json', '[]');
    const unclosed = file('unclosed.csv', 'name,phone\n"Ana,5510000000\n');
    const cases: [args: string[], said: string | RegExp][] = [
      [importing(path, '--map', map), /^mapping: The map names a column "fone" that the file lacks\. It has: client_name, /],
      [importing(path, '--map', list), /^The map .*list\.json cannot be read as JSON: it is no object/],
      [importing(path, '--map', 'none.json'), /^The map none\.json cannot be read/],
      [importing('none.csv'), /^none\.csv cannot be opened: ENOENT/],
      [importing('.'), /^\. cannot be opened: EISDIR/],
      [importing(unclosed), /^The import has failed: it is not valid CSV: Quote Not Closed/],
      [importing(path, '--errors', 'nowhere/errors.csv'), /^nowhere\/errors\.csv\S* cannot be opened: ENOENT/],
      [importing(path, '--on-duplicate', 'update'), '--on-duplicate must be skip or create'],
      [['import', 'conversations', path, '--tenant', desk.id, '--funnel', 'Nowhere'], /^There is no such funnel/],
      [['import', 'conversations', path, '--tenant', 'nobody', '--funnel', 'Sales'], /nobody/],
      [importing(file('empty.csv', '')), /empty\.csv is empty/],
      [importing(file('blank.csv', '\n\n')), /^file: has no header/],
      [importing(file('notes.md', '# Llamador\n\nThe calling CRM that you can own\n')), /^file: has no column of phones or emails: it has # Llamador\. A mapping says which/],
      [importing(file('image.csv', FILES.png.toString('latin1'))), /^file: /],
      [importing(`${path}/inside.csv`), /inside\.csv cannot be opened: ENOTDIR/],
      [importing(path, '--errors', '.'), /^\.\S* cannot be opened: E/],
      [importing(path, '--map', '.'), /^The map \. cannot be read as JSON: EISDIR/],
      [importing(path, '--delimiter', ''), /^file: is not valid CSV/],
      [importing(path).slice(0, -2), /^required option '--funnel <funnel>' not specified\. See --help\.$/],
      [['import', 'contacts', path], /^There are several tenants\. Say which one with --tenant/],
      [['import', 'contacts'], /^missing required argument 'file'\. See --help\.$/],
      [['import', 'contacts', path, 'another.csv'], /^too many arguments .*See --help\.$/],
      [['import', 'people', path], /^unknown command 'people'.*See --help\.$/],
      [['import', 'contacts', path, '--colour', 'red'], /^unknown option '--colour'.*See --help\.$/],
      [['tenant', 'create'], /^required option '--name <name>' not specified\. See --help\.$/],
      [['tenant', 'create', '--name', ' '], '--name must not be empty.'],
      [['tenant', 'create', '--name', 'x', '--country', 'Mexico'], '--country must be the two letters of a country, as MX, and is Mexico.'],
      [['key', 'create', '--tenant', 'nobody'], /nobody/],
      [['key', 'create', '--tenant', desk.id, '--scopes', 'contacts:read,nonsense'], /^nonsense is no scope\. Allowed: admin, /],
      [['key', 'create', '--tenant', desk.id, '--scopes', ''], /is no scope\. Allowed: admin, /],
    ];
    // Three at a time: each is a process that starts the whole app.
    for (let at = 0; at < cases.length; at += 3) {
      await Promise.all(
        cases.slice(at, at + 3).map(async ([args, said]) => {
          const { code, stdout, stderr } = await cli(args, folder.path);
          expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
          expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(said)]);
        }),
      );
    }
  });

  it('ends with 1 where every row failed, and says which', async () => {
    await aTenant(running.app); // of several, one is named
    const path = file('bad.csv', 'name,phone\nAna,no\nLuz,number\n');
    const { code, stdout, stderr } = await cli(importing(path), folder.path);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ successful: 0, errors: 2, total: 2, errorsFile: 'errors.csv' });
    // Nothing that is there is no failure.
    expect((await cli(importing(file('none.csv', 'name,phone\n')), folder.path)).code).toBe(0);
    expect((await cli(importing(file('some.csv', 'name,phone\nAna,no\nLuz,5510000000\n')), folder.path)).code).toBe(0);
  });

  it('makes a tenant whose key works, and keys with scopes', async () => {
    const made = await printed<{ tenantId: string; apiKey: string }>(['tenant', 'create', '--name', 'acme', '--country', 'cl'], folder.path);
    expect(made).toEqual({ tenantId: expect.stringMatching(/^\d+$/), apiKey: expect.stringMatching(/^lp_live_/) });
    const admin = running.app.client(made.apiKey);
    expect(await ok(admin.post('/contacts', { phone: '912345678' }))).toMatchObject({ tenantId: made.tenantId, phone: '+56912345678' });
    const [taken, key] = await Promise.all([
      cli(['tenant', 'create', '--name', 'acme'], folder.path),
      printed<{ apiKey: string }>(['key', 'create', '--tenant', 'acme', '--scopes', 'contacts:read', '--test'], folder.path),
    ]);
    expect(taken).toMatchObject({ code: 1, stdout: '' });
    expect(key.apiKey).toMatch(/^lp_test_/);
    const reader = running.app.client(key.apiKey);
    expect(await ok(reader.get('/contacts'))).toMatchObject({ totalCount: 1 });
    await expectError(reader.post('/contacts', {}), 403, 'MISSING_SCOPE');
    expect(await ok((await aTenant(running.app)).api.get('/contacts'))).toMatchObject({ totalCount: 0 });
  });

  it('migrates a database that is up to date already', async () => {
    expect(await printed(['migrate'], folder.path)).toEqual({ database: new URL(process.env.DATABASE_URL ?? '').pathname.slice(1), migrated: true });
  });
});
