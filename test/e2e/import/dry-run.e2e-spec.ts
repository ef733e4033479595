import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { ok } from '../../support/answers';
import { sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { until } from '../../support/until';
import { type Import, useImports } from './importing';
import { SHEET, hasSheet, leads } from './leads';

const itWithSheet = hasSheet ? it : it.skip;

/** So many rows without anything to say: what stands before them is in an earlier chunk than what stands behind. */
const CHUNK = 1000;
const filler = (from: number, row: (n: number) => string): string[] => Array.from({ length: CHUNK }, (_, n) => row(from + n));
const phone = (n: number) => `55${20_000_000 + n}`;

/** Every table that there is, but for those that say how far an import has come. */
async function allRows(): Promise<Record<string, unknown>> {
  const tables = await sql<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('imports', 'import_errors', 'outbox', 'api_keys')`,
  );
  const sums = tables.map(({ name }) => `SELECT '${name}' AS name, count(*)::int AS rows, md5(coalesce(string_agg(t::text, '\n' ORDER BY t::text), '')) AS sum FROM ${name} t`);
  const sequences = `SELECT 'sequence ' || sequencename, 0, last_value::text FROM pg_sequences WHERE schemaname = 'public' AND sequencename !~ '^(imports|outbox)_'`;
  return Object.fromEntries((await sql([...sums, sequences].join(' UNION ALL '))).map(({ name, ...rest }) => [name, rest]));
}

/** A real run can name the ids of whom it has made; with their commas come quotes. */
const withoutIds = (text: string): string =>
  text
    .replaceAll('"', '')
    .replaceAll('one that is new in this list', '0')
    .replace(/ different contacts: [\d, ]+\./g, ' different contacts.')
    .replace(/another contact, \d+\./g, 'another contact.');

describe('A dry run', () => {
  const running = useTestApp();
  const imports = useImports(running);
  const { load, post, run, errorsCsv } = imports;

  const told = async (done: Import) => {
    const { status, failure, counts, progress, mapping, errorCodes, warningCodes } = done;
    return { status, failure, counts, progress, mapping, errorCodes, warningCodes, errors: withoutIds(await errorsCsv(done.id)) };
  };

  /** Says before what the real run says afterwards, and has changed nothing by then. @returns what is said */
  async function expectRehearsed(content: string | Buffer, more: Record<string, unknown> = {}, options: Record<string, unknown> = {}) {
    const before = await allRows();
    const rehearsed = await told(await load(content, more, { ...options, dryRun: true }));
    expect(await allRows()).toEqual(before);
    const real = await told(await load(content, more, options));
    expect(rehearsed).toEqual(real);
    return real;
  }

  /** Whom rows can meet: by phone, by another phone, by nationalId, and two of one nationalId. */
  async function someAreThere(): Promise<{ id: number }[]> {
    const known = [
      await aContact(imports.tenant.api, { firstName: 'Ana', addresses: [{ channelType: 'PHONE', address: `+52${phone(1)}` }], nationalId: 'N-1', customFields: { plan: 'gold' } }),
      await aContact(imports.tenant.api, {
        firstName: 'Luz',
        addresses: [
          { channelType: 'WHATSAPP', address: `+52${phone(2)}` },
          { channelType: 'EMAIL', address: 'luz@example.com' },
        ],
      }),
      await aContact(imports.tenant.api, { firstName: 'Two', addresses: [], nationalId: 'N-2' }),
      await aContact(imports.tenant.api, { firstName: 'Too', addresses: [], nationalId: 'N-2' }),
    ];
    const [funnel] = (await ok(imports.tenant.api.get<{ items: { id: number }[] }>('/funnels'))).items;
    await ok(imports.tenant.api.post('/conversations', { funnelId: funnel?.id, contactId: known[1]?.id }));
    return known;
  }

  /** What one chunk does to people whom a later one meets. */
  const messy = (known: { id: number }[]): string => {
    const [ana, luz] = known.map(({ id }) => id);
    const rows = [
      `New,${phone(10)},,,`, // made here
      `New,${phone(11)},new@example.com,P-1,`,
      `Ana,${phone(1)} ; ${phone(12)},,,`, // somebody known is given a second number
      `Luz,${phone(2)},,P-2,`, // and a nationalId
      `Other,${phone(13)},other@example.com,,`,
      `Bad,${phone(14)} ; nonsense,,,`,
      ...filler(1000, (n) => `Fill,${phone(n)},,,`),
      `New,${phone(10)},later@example.com,,`, // whom the first row would have made, with an address more
      `Known,${phone(12)},,,`, // by the number that row 3 would have given
      `By id,,,P-1,`,
      `By id,${phone(15)},,P-2,`,
      `Both,${phone(10)} ; ${phone(11)},,,`, // lead to two that are not made yet
      `Both,${phone(1)} ; ${phone(13)},,,`, // to one that is and one that is not
      `Two,${phone(16)},,N-2,`, // lead to two that are there
      `Named,${phone(17)},,,${ana}`,
      `Named,${phone(11)},,,${luz}`, // whose number is somebody else's
      `Nobody,${phone(18)},,,999999999`,
      ',,,,',
      `None,,,,`,
      ...filler(2000, (n) => `Fill,${phone(n)},,,`),
      `Later,,later@example.com,,`, // by the address that the second chunk would have given
      `Later,${phone(17)},,N-1,`,
      `By number,${phone(15)},,,`,
      `Again,${phone(10)} ; ${phone(13)},,,`,
    ];
    return `name,phone,email,national_id,contactId,plan\n${rows.map((row, n) => `${row},${n % 3 ? 'gold' : 'silver'}`).join('\n')}\n`;
  };

  it.each([
    ['conversations', 'skip'],
    ['conversations', 'create'],
    ['contacts', 'skip'],
    ['contacts', 'update'],
  ])('of %s with onDuplicate %s says what the real run says, over all chunks', async (kind, onDuplicate) => {
    const known = await someAreThere();
    const { counts, errorCodes } = await expectRehearsed(messy(known), { kind }, { funnel: kind === 'conversations' ? 'Sales' : undefined, onDuplicate });
    expect(errorCodes).toMatchObject({ AMBIGUOUS_CONTACT: 4, ADDRESS_CONFLICT: 1, CONTACT_NOT_FOUND: 1 });
    expect(counts.errors).toBeGreaterThan(5);
    if (onDuplicate === 'skip') expect(counts.duplicates).toBeGreaterThan(5);
  });

  it('of contacts that are updated knows what earlier chunks would have changed', async () => {
    await aCustomField(imports.tenant.api, { fieldKey: 'age', fieldType: 'NUMBER' });
    const person = (name: string, plan: string, age: string, nationalId = '') => `${name},${phone(1)},${nationalId},${plan},${age}`;
    const rows = [
      person('Ana', 'gold', '40.0', 'A'),
      ...filler(1000, (n) => `Fill,${phone(n)},,,`),
      person('Ana', 'gold', '40', 'A'), // as it is by then: a duplicate
      person('Ana', 'silver', '40', 'B'),
      `Heir,${phone(2)},A,,`, // A is nobody's any more
      ...filler(2000, (n) => `Fill,${phone(n)},,,`),
      person('Ana', 'silver', '41', 'B'),
      `Ana,,B,,`,
      `Heir,,A,,`,
      person('Eva', 'silver', '41'),
    ];
    const { counts } = await expectRehearsed(`first_name,phone,national_id,plan,age\n${rows.join('\n')}\n`, { kind: 'contacts' }, { funnel: undefined, onDuplicate: 'update' });
    expect(counts).toMatchObject({ successful: 2000 + 5, errors: 2, duplicates: 1 });
  });

  it('of activity knows what is in the log, and what stands twice in the file', async () => {
    await someAreThere();
    const entry = (n: number, at: string) => `${phone(n)},WhatsApp,${at},done,ok`;
    const first = [entry(1, '2026-03-01'), entry(20, '2026-03-01'), entry(20, '2026-03-01')];
    const rows = [
      ...first,
      ...filler(1000, (n) => entry(n, '2026-03-02')),
      ...first,
      entry(20, '2026-03-03'),
      'nonsense,WhatsApp,2026-03-01,done,ok',
      `${phone(21)},,2026-03-01,done,ok`,
    ];
    const content = (lines: string[]) => `phone,communication_type,contacted_at,status,outcome\n${lines.join('\n')}\n`;
    await load(content([entry(1, '2026-03-01')]), { kind: 'activity' }, { funnel: undefined });
    const { counts } = await expectRehearsed(content(rows), { kind: 'activity' }, { funnel: undefined });
    expect(counts).toMatchObject({ successful: 1000 + 2, duplicates: 5, errors: 2 });
  });

  it('of leads says what the real run says, the first time and again', async () => {
    await expectRehearsed(leads(230));
    await expectRehearsed(leads(340));
    await expectRehearsed(leads(120), { kind: 'contacts' }, { funnel: undefined, onDuplicate: 'update' });
  });

  itWithSheet('of the 10,000 leads says what the real run says', async () => {
    const { counts } = await expectRehearsed(readFileSync(SHEET));
    expect(counts).toMatchObject({ successful: 7600, duplicates: 1800, errors: 600 });
    await expectRehearsed(readFileSync(SHEET), { kind: 'contacts' }, { funnel: undefined });
  });

  it('that breaks off says so, and what came before', async () => {
    const rows = filler(0, (n) => `Ana,${phone(n)}`);
    const content = `name,phone\n${rows.join('\n')}\nLuz,${phone(5000)}\n"${'x'.repeat(1024 * 1024 + 1)}`;
    const { status, counts } = await told(await load(content, {}, { dryRun: true }));
    expect({ status, counts }).toMatchObject({ status: 'failed', counts: { successful: CHUNK + 1 } });
  });

  it('holds nobody up: writers of its own numbers and of others go on meanwhile, and none of its transactions lasts', async () => {
    const { tenant } = imports;
    const funnel = (await ok(tenant.api.get<{ items: { id: number }[] }>('/funnels'))).items[0]?.id;
    const known: ContactDto[] = [];
    for (let n = 0; n < 20; n++)
      known.push(await aContact(tenant.api, { firstName: 'Known', nationalId: `K-${n}`, addresses: [{ channelType: 'PHONE', address: `+52${phone(n)}` }] }));
    const rows = Array.from({ length: 20_000 }, (_, n) => `Ana,${phone(n)},${n < 20 ? '' : `ID-${n}`},Kia`);
    const { id } = await ok(post(`name,phone,national_id,vehicle\n${rows.join('\n')}\n`, {}, { dryRun: true }));

    let over = false;
    const slowest = { ms: 0, transactionMs: 0 };
    const writer = async (nr: number): Promise<void> => {
      for (let n = nr; !over; n += 20) {
        const began = performance.now();
        const person = { firstName: 'Writer', nationalId: `ID-${100 + n}` };
        if (n % 2) await ok(tenant.api.put(`/contacts/${known[nr]?.id}`, { lastName: `Written ${n}` }));
        else
          await ok(
            tenant.api.post('/conversations/bulk', {
              conversations: [known[nr], { phone: `+52${phone(30_000 + n)}` }].map((one) => ({ funnelId: funnel, contact: { firstName: 'Writer', phones: [one?.phone] } })),
            }),
          );
        await ok(tenant.api.post('/contacts', { ...person, addresses: [{ channelType: 'PHONE', address: `+52${phone(40_000 + n)}` }] }));
        slowest.ms = Math.max(slowest.ms, performance.now() - began);
        await sleep(300 * Math.random());
      }
    };
    const watch = async (): Promise<void> => {
      for (; !over; await sleep(20)) {
        const sessions = await sql<{ ms: number; locks: number }>(
          `SELECT extract(epoch FROM clock_timestamp() - a.xact_start)::float8 * 1000 AS ms, (SELECT count(*)::int FROM pg_locks l
             WHERE l.pid = a.pid AND (l.mode IN ('RowShareLock', 'RowExclusiveLock') AND l.relation IN ('contacts'::regclass, 'contact_addresses'::regclass, 'conversations'::regclass) OR l.locktype = 'advisory')) AS locks
           FROM pg_stat_activity a WHERE a.xact_start IS NOT NULL AND a.datname = current_database() AND EXISTS (
             SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid = a.pid AND c.relname LIKE 'rehearsal%')`,
        );
        for (const { ms, locks } of sessions) {
          slowest.transactionMs = Math.max(slowest.transactionMs, ms);
          expect(locks).toBe(0);
        }
      }
    };
    const meanwhile = Promise.allSettled([watch(), ...known.map((_, nr) => writer(nr))]);
    const done = await run(id).finally(() => (over = true));
    for (const one of await meanwhile) if (one.status === 'rejected') throw one.reason;
    expect(done).toMatchObject({ status: 'completed', counts: { total: 20_000 } });
    expect(slowest.transactionMs).toBeGreaterThan(0);
    expect(slowest.transactionMs).toBeLessThan(5000);
    expect(slowest.ms).toBeLessThan(5000);
  });

  it('that is canceled stops, and leaves nothing', async () => {
    const before = await allRows();
    const { id } = await ok(post(leads(600), {}, { dryRun: true }));
    const ending = run(id);
    await until(async () => (await imports.read(id)).progress.processed > 0);
    await ok(imports.tenant.api.post(`/imports/${id}/cancel`));
    expect((await ending).status).toBe('canceled');
    expect(await allRows()).toEqual(before);
    expect(imports.stored()).toEqual([]);
  });
});
