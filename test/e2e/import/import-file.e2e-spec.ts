import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TenantsService } from '../../../src/modules/accounts';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import type { ConversationPageDto } from '../../../src/modules/conversations/dto/conversation.dto';
import { type FileImport, ImportFile } from '../../../src/modules/imports';
import { aContact } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { type Desk, aConversation, aFunnel, bulkCreate, everything, rowCounts, useDesk } from '../conversations/desk';
import { countsOf, leads } from './leads';
import { useFolder } from './programs';

describe('ImportFile', () => {
  const folder = useFolder();
  const running = useDesk();
  let desk: Desk;
  let path: string;
  let errorsPath: string;
  beforeEach(() => {
    desk = running.desk;
    path = join(folder.path, 'leads.csv');
    errorsPath = join(folder.path, 'errors.csv');
  });

  interface Options extends Partial<Omit<FileImport, 'options'>> {
    funnel?: string;
    onDuplicate?: 'skip' | 'create';
    dryRun?: boolean;
  }

  async function load(content: string | Buffer | undefined, { funnel = 'Sales', onDuplicate, dryRun, ...more }: Options = {}) {
    if (content !== undefined) writeFileSync(path, content);
    const { nest } = running.app;
    const tenants = nest.get(TenantsService);
    const ctx = tenants.contextOf(await tenants.find(desk.id), 'import');
    const { import: done, errorsFile } = await nest.get(ImportFile).execute(ctx, { path, kind: 'conversations', mapping: {}, options: { funnel, onDuplicate, dryRun }, errorsPath, ...more });
    const { counts, mapping, errorCodes, warningCodes } = done;
    expect(counts.successful + counts.duplicates + counts.errors).toBe(counts.total);
    return { counts, mapping, errorCodes, warningCodes, ...(errorsFile !== undefined && { errorsFile }) };
  }
  const errorRows = (at = errorsPath) => readFileSync(at, 'utf8').trimEnd().split('\n');

  it('makes people and conversations, and sent again changes nothing at all', async () => {
    const tens = 230; // three chunks
    const first = await load(leads(tens));
    expect(first.counts).toMatchObject(countsOf(tens));
    expect(first.errorCodes).toEqual({ INVALID_PHONE: tens, INVALID_EMAIL: tens });
    expect(await rowCounts()).toEqual({ contacts: 7 * tens, addresses: 11 * tens, conversations: 7 * tens, sessions: 9 * tens });

    const before = await everything();
    const again = await load(leads(tens));
    expect(again.counts).toMatchObject({ successful: 0, duplicates: 9 * tens, errors: tens, total: 10 * tens });
    expect(await everything()).toEqual(before);
  });

  it('reads people as a person would', async () => {
    const { mapping } = await load(leads(1));
    expect(mapping).toEqual({
      client_name: 'name',
      phone: 'phone',
      email: 'email',
      national_id: 'nationalId',
      country: 'country',
      vehicle: 'customFields.vehicle',
      contacted_at: 'customFields.contacted_at',
    });
    const { items } = await ok(desk.api.get<ConversationPageDto>('/conversations', { sortBy: 'id=asc' }));
    expect(items.map(({ contacts: [contact] }) => [contact?.firstName, contact?.lastName, contact?.phone, contact?.email, contact?.nationalId])).toEqual([
      ['Ana', 'Pérez', '+525510000000', 'ana0@example.com', 'CURP-0'],
      ['LUZ', 'RAMÍREZ', '+525510000001', null, null],
      ['Óscar', 'Núñez', '+525510000002', 'oscar0@example.com', 'RUT-0'],
      ['Zoë', null, '+525510000003', null, null],
      ['José', null, '+56912345100', 'jose0@example.com', null],
      ['Íñigo', null, null, 'inigo0@example.com', null],
      ['María', null, null, 'maria0@example.com', null],
    ]);
    expect(items[1]).toMatchObject({ customFields: { vehicle: 'VW "Vento", 2022', country: 'MX', contacted_at: '2026-03-07' }, funnelStatusId: desk.statusIds[0] });
  });

  it('takes those that are there by phone, email or nationalId, and skips their open conversations', async () => {
    const known = await aContact(desk.api, { firstName: 'Known', addresses: [{ channelType: 'WHATSAPP', address: '+525510000000' }] });
    await aConversation(desk, { contactId: known.id });
    const { counts } = await load(leads(1));
    expect(counts).toMatchObject({ successful: 6, duplicates: 3, errors: 1 });
    expect(await ok(desk.api.get<ContactDto>(`/contacts/${known.id}`))).toMatchObject({ firstName: 'Known', lastName: 'Pérez', email: 'ana0@example.com' });
    expect((await load(undefined, { onDuplicate: 'create' })).counts).toMatchObject({ successful: 9, duplicates: 0, errors: 1 });
  });

  it('writes the rows that failed, which corrected and sent again are loaded', async () => {
    const { errorsFile } = await load(leads(3));
    expect(errorsFile).toBe(errorsPath);
    const [header, ...rows] = errorRows();
    expect(header).toBe('\ufeffclient_name,phone,email,national_id,country,vehicle,contacted_at,import_row,import_errors');
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatch(/^Nobody,"'=HYPERLINK\(""x""\)",foo@,,,Kia,,20,".*contact\.phones\[0\]: .* \[INVALID_PHONE\] · contact\.emails\[0\]: .* \[INVALID_EMAIL\]"$/);

    // As it is, it fails in the same way, and gains no columns.
    const again = join(folder.path, 'again.csv');
    expect((await load(undefined, { path: errorsPath, errorsPath: again })).counts).toMatchObject({ errors: 3, total: 3 });
    const withoutRow = (row: string) => row.replace(/,Kia,,\d+,/, ',Kia,,');
    expect(errorRows(again).map(withoutRow)).toEqual(errorRows().map(withoutRow));

    writeFileSync(errorsPath, readFileSync(errorsPath, 'utf8').replaceAll('foo@', 'foo@example.com'));
    const corrected = await load(undefined, { path: errorsPath, errorsPath: again });
    expect(corrected.counts).toMatchObject({ successful: 1, duplicates: 2, errors: 0, total: 3 });
    expect(corrected.errorsFile).toBeUndefined();
    expect(() => errorRows(again)).toThrow('ENOENT'); // that of the run before would be taken for this one's
  });

  it('takes corrected errors from the very file that it writes errors to', async () => {
    const rows = 3000;
    const errors = `${'name,phone,import_row,import_errors\n'}${Array.from({ length: rows }, (_, at) => `Ana,${at % 2 ? `55${10_000_000 + at}` : 'N/A'},${at},wrong`).join('\n')}\n`;
    writeFileSync(errorsPath, errors);
    expect((await load(undefined, { path: errorsPath })).counts).toMatchObject({ successful: rows / 2, errors: rows / 2, total: rows });
    expect(errorRows()).toHaveLength(1 + rows / 2);
    writeFileSync(errorsPath, 'name,phone,import_row,import_errors\nAna,5519999999,1,wrong\n');
    expect((await load(undefined, { path: errorsPath })).errorsFile).toBeUndefined();
    expect(errorRows()).toHaveLength(2); // it is the person's, and stays
  });

  it('reports the same on a dry run, and writes no row anywhere', async () => {
    await bulkCreate(desk, [{ funnelId: desk.funnel.id, contact: { phones: ['+525510000000'] } }]);
    const before = await everything();
    const rehearsed = await load(leads(120), { dryRun: true });
    expect(await everything()).toEqual(before);
    const rehearsedErrors = errorRows();
    expect(await load(leads(120))).toEqual(rehearsed);
    expect(errorRows()).toEqual(rehearsedErrors);
  });

  it('maps columns as it is told', async () => {
    const other = await aFunnel(desk.api, 'Cobranza', ['Nuevo', 'En curso']);
    await aCustomField(desk.api, { fieldKey: 'price', fieldType: 'NUMBER', entityType: 'FUNNEL_CONVERSATION' });
    const map = { who: 'firstName', call: 'phone', since: 'createdAt', where: 'funnelStatus', amount: 'customFields.price', car: 'contact.customFields.vehicle', junk: 'ignore' };
    const content = 'who;call;since;where;amount;car;junk\nAna;5510000000;2025-01-02;EN CURSO;12.5;Kia;x\nLuz;5510000001;2999-01-01;Perdido;much;VW;y\n';
    const { counts, errorCodes } = await load(content, { mapping: map, funnel: String(other.id) });
    expect(counts).toMatchObject({ successful: 1, errors: 1 });
    expect(errorCodes).toEqual({ INVALID_DATE: 1, INVALID_TYPE: 1, INVALID_CUSTOM_FIELD_VALUE: 1 });
    const { items } = await ok(desk.api.get<ConversationPageDto>('/conversations'));
    expect(items).toMatchObject([
      {
        funnelId: other.id,
        funnelStatusId: other.statuses[1]?.id,
        createdAt: '2025-01-02T00:00:00.000Z',
        customFields: { price: 12.5 },
        contacts: [{ firstName: 'Ana', customFields: { vehicle: 'Kia' } }],
      },
    ]);
    expect(Object.keys(items[0]?.customFields ?? {})).toEqual(['price']);
  });

  it('lets rows that cannot be stored harm no neighbour', async () => {
    const { counts, errorCodes } = await load(
      `name,phone,note,"col\0umn"\nAna,5510000000,ok,\nLuz,5510000001,"a\0b",\nZoë,5510000002,ok,x\n${'x'.repeat(300)},5510000003,ok,\nEva,5510000004,ok,\n`,
    );
    expect(counts).toMatchObject({ successful: 3, errors: 2, total: 5 });
    expect(errorCodes).toEqual({ INVALID_VALUE: 1, VALUE_TOO_LONG: 1 });
    expect((await sql('SELECT first_name FROM contacts ORDER BY id')).map(({ first_name }) => first_name)).toEqual(['Ana', 'Zoë', 'Eva']);
  });

  it('loads what comes before a quote that is never closed', async () => {
    await expect(load(`name,phone\nAna,5510000000\nLuz,\n"Eva,5510000001\n`)).rejects.toThrow(/^The import has failed: it is not valid CSV: Quote Not Closed/);
    expect(await rowCounts()).toMatchObject({ contacts: 1, conversations: 1 });
    expect(errorRows()).toHaveLength(2);
  });

  it('loads nothing of a file without rows, and refuses one without a header', async () => {
    expect((await load('name,phone\n')).counts).toEqual({ successful: 0, warnings: 0, duplicates: 0, errors: 0, total: 0 });
    await expect(load('')).rejects.toThrow(/leads\.csv is empty/);
  });

  it('is canceled where its signal says so, and keeps what is written', async () => {
    const canceling = new AbortController();
    const { counts } = await load(leads(3000), { signal: canceling.signal, onProgress: ({ progress }) => progress.processed > 0 && canceling.abort() });
    expect(counts.total).toBeLessThan(30_000);
    expect(await countRows('conversations')).toBe(counts.successful);
    expect(await sql('SELECT status, storage_key FROM imports')).toEqual([{ status: 'canceled', storage_key: null }]);
  });

  it('refuses what a person has to mend, and writes nothing', async () => {
    const before = await everything();
    await expect(load(leads(1), { mapping: { fone: 'phone' } })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(load(leads(1), { funnel: 'Nowhere' })).rejects.toMatchObject({ code: 'FUNNEL_NOT_FOUND' });
    await expect(load(undefined, { path: join(folder.path, 'none.csv') })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await everything()).toEqual(before);
    expect(await countRows('imports')).toBe(0);
  });

  it('of two imports of one file at the same moment make everybody once', async () => {
    writeFileSync(path, leads(230));
    const results = await Promise.all([1, 2].map((nr) => load(undefined, { errorsPath: `${errorsPath}${nr}` })));
    expect(results.reduce((sum, { counts }) => sum + counts.successful, 0)).toBe(7 * 230);
    expect(await rowCounts()).toMatchObject({ contacts: 7 * 230, conversations: 7 * 230, addresses: 11 * 230 });
    expect(await countRows('(SELECT contact_id FROM conversations GROUP BY 1 HAVING count(*) > 1) AS twice')).toBe(0);
  });
});
