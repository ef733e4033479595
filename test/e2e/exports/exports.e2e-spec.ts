import { get } from 'node:http';
import { parse } from 'csv-parse/sync';
import { aContact } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { aClientWith, aTenant } from '../../factories/tenants';
import type { ApiClient } from '../../support/api-client';
import { expectError, expectFaults, ok } from '../../support/answers';
import { sql } from '../../support/database';
import { type Desk, aConversation, aFunnel, everything, rowCounts, useDesk } from '../conversations/desk';
import { type Import, formOf } from '../import/importing';
import { sendForm } from '../../factories/files';
import { JobHandlers } from '../../../src/platform/queue/job-handlers';
import { Lease } from '../../../src/platform/queue/lease';

describe('exports', () => {
  const running = useDesk();
  let desk: Desk;
  beforeEach(() => {
    desk = running.desk;
  });

  const csvOf = async (api: ApiClient, path: string, query: Record<string, string | number | boolean> = {}): Promise<string> => {
    const answer = await api.get<string>(path, query);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${path.split('/')[1]}.csv"` } });
    return answer.body;
  };
  const rowsOf = (csv: string) => parse<Record<string, string>>(csv, { bom: true, columns: true });
  const rows = async (path: string, query?: Record<string, string | number | boolean>) => rowsOf(await csvOf(desk.api, path, query));
  const importing = async (api: ApiClient, tenantId: string, csv: string, kind: string, options: Record<string, unknown> = {}): Promise<Import> => {
    const { id } = await ok(sendForm<Import>(api, '/imports', formOf(csv, { kind }, options)));
    await running.app.nest.get(JobHandlers).of('import.run')?.({ importId: id }, { tenantId: Number(tenantId), attempt: 1, lease: Lease.FOREVER });
    return ok(api.get<Import>(`/imports/${id}`));
  };

  const anybody = async () => {
    await aCustomField(desk.api, { fieldKey: 'age', fieldType: 'NUMBER', entityType: 'CONTACT' });
    return aContact(desk.api, {
      firstName: 'José "Pepe"',
      lastName: '=HYPERLINK("x")',
      nationalId: 'CURP-1',
      companyPosition: 'Jefe, ventas',
      customFields: { age: 40, 'fav;color': 'rojo', tags: ['a', 'b'], vip: true },
      addresses: [
        { channelType: 'PHONE', address: '+525512345678' },
        { channelType: 'WHATSAPP', address: '+525512345678' },
        { channelType: 'SMS', address: '+56912345678' },
        { channelType: 'EMAIL', address: 'pepe@example.com' },
        { channelType: 'TELEGRAM', address: 'pepe' },
      ],
    });
  };

  it('of contacts show each in a row, harmless to a spreadsheet', async () => {
    const { id, createdAt } = await anybody();
    await aContact(desk.api, { firstName: 'Luz', lastName: null, addresses: [] });
    const csv = await csvOf(desk.api, '/contacts/export.csv', { sortBy: 'id=asc' });
    expect(csv).toMatch(/^\ufeffcontactId,firstName,lastName,phone,email,nationalId,companyPosition,otherAddresses,customFields\.age,"customFields\.fav;color",customFields\.tags,customFields\.vip,userId,archivedAt,createdAt,updatedAt\n/);
    expect(csv).toContain(`"'=HYPERLINK(""x"")"`);
    expect(rowsOf(csv)).toMatchObject([
      {
        contactId: String(id),
        firstName: 'José "Pepe"',
        phone: '+525512345678; +56912345678',
        email: 'pepe@example.com',
        nationalId: 'CURP-1',
        companyPosition: 'Jefe, ventas',
        otherAddresses: 'TELEGRAM:pepe',
        'customFields.age': '40',
        'customFields.fav;color': 'rojo',
        'customFields.tags': '["a","b"]',
        'customFields.vip': 'true',
        archivedAt: '',
        createdAt,
      },
      { firstName: 'Luz', lastName: '', phone: '', 'customFields.age': '' },
    ]);
  });

  it('of contacts, imported again where they come from, change nothing, and elsewhere make the same people', async () => {
    const { customFields, ...pepe } = await anybody();
    await aContact(desk.api, { firstName: 'Luz', email: 'luz@example.com' });
    const csv = await csvOf(desk.api, '/contacts/export.csv', { sortBy: 'id=asc' });
    const before = await everything();
    expect(await importing(desk.api, desk.id, csv, 'contacts')).toMatchObject({ counts: { successful: 0, duplicates: 2, errors: 0 } });
    expect(await everything()).toEqual(before);

    const other = await aTenant(running.app);
    const withoutIds = csv.replace(/^(\ufeff?)(contactId|\d+),/gm, '$1,').replace('\ufeff,', '\ufeffx,');
    expect(await importing(other.api, other.id, withoutIds, 'contacts')).toMatchObject({ counts: { successful: 2, errors: 0 } });
    const again = rowsOf(await csvOf(other.api, '/contacts/export.csv', { sortBy: 'id=asc' }));
    const theirs = rowsOf(csv);
    expect(again).toHaveLength(2);
    for (const [at, row] of again.entries()) {
      for (const column of ['firstName', 'lastName', 'phone', 'email', 'nationalId', 'companyPosition', 'customFields.vip', 'customFields.fav;color']) expect(row[column]).toBe(theirs[at]?.[column]);
    }
    expect([customFields.age, pepe.lastName]).toEqual([40, '=HYPERLINK("x")']);
  });

  it('take the filters, the search and the order of the list, and all its rows', async () => {
    await sql(
      `INSERT INTO contacts (tenant_id, first_name, search_text, created_at)
       SELECT $1, 'Ana ' || lpad(n::text, 4, '0'), 'ana ' || lpad(n::text, 4, '0'), '2026-01-01'::timestamptz + n * interval '1 ms' FROM generate_series(1, 2345) n`,
      [Number(desk.id)],
    );
    const { id } = await aContact(desk.api, { firstName: 'Luz', nationalId: 'X' });
    await ok(desk.api.post(`/contacts/${id}/archive`));
    const all = await rows('/contacts/export.csv', { sortBy: 'firstName=desc' });
    expect(all.map(({ firstName }) => firstName)).toEqual(Array.from({ length: 2345 }, (_, at) => `Ana ${String(2345 - at).padStart(4, '0')}`));
    expect(await rows('/contacts/export.csv', { includeArchived: true })).toHaveLength(2346);
    expect(await rows('/contacts/export.csv', { searchBy: 'ana 00' })).toHaveLength(99);
    expect((await rows('/contacts/export.csv', { filterBy: 'nationalId:X', includeArchived: true })).map(({ firstName }) => firstName)).toEqual(['Luz']);
    expect(await rows('/contacts/export.csv', { filterBy: 'firstName:Nobody' })).toEqual([]);
    expect(await rows('/contacts/export.csv', { pageSize: 5, page: 2 })).toHaveLength(2345);
  });

  it('say what is wrong with the request, and whose it may be', async () => {
    for (const path of ['/contacts/export.csv', '/conversations/export.csv', '/calls/export.csv']) {
      await expectFaults(desk.api.get(path, { filterBy: 'nonsense:1' }), { filterBy: 'UNKNOWN_FIELD' });
      await expectError((await aClientWith(running.app, desk, ['tasks:read'])).get(path), 403, 'MISSING_SCOPE');
      await expectError(running.app.client().get(path), 401, 'UNAUTHORIZED');
    }
    await expectFaults(desk.api.get('/calls/export.csv', { startTimeFrom: 'soon' }), { startTimeFrom: 'INVALID_DATE' });
  });

  it('of conversations name the funnel and whom they are with, and are imported again', async () => {
    const contact = await anybody();
    await aFunnel(desk.api, 'Cobranza', ['Nuevo']);
    const conversation = await aConversation(desk, { contactId: contact.id, customFields: { price: 5 }, createdAt: '2026-01-02T03:04:05.678Z', funnelStatusId: desk.statusIds[1] });
    const gone = await aContact(desk.api);
    await aConversation(desk, { contactId: gone.id });
    await ok(desk.api.delete(`/contacts/${gone.id}`));
    const csv = await csvOf(desk.api, '/conversations/export.csv', { sortBy: 'id=asc' });
    expect(rowsOf(csv)).toMatchObject([
      { conversationId: String(conversation.id), funnelName: 'Sales', funnelStatus: 'Won', contactId: String(contact.id), phone: '+525512345678; +56912345678', 'contact.customFields.age': '40', 'customFields.price': '5', createdAt: '2026-01-02T03:04:05.678Z' },
      { contactId: '', phone: '', firstName: '' },
    ]);
    const only = await csvOf(desk.api, '/conversations/export.csv', { filterBy: `contactId:${contact.id}` });
    expect(await importing(desk.api, desk.id, only, 'conversations')).toMatchObject({ counts: { successful: 0, duplicates: 1, errors: 0 } });
    expect(await importing(desk.api, desk.id, only, 'conversations', { funnel: 'Cobranza' })).toMatchObject({ counts: { errors: 1 } }); // it has no status Won
    expect(await importing(desk.api, desk.id, only, 'conversations', { onDuplicate: 'create' })).toMatchObject({ counts: { successful: 1 } });
    expect(await rowCounts()).toMatchObject({ contacts: 1, conversations: 3 });
    expect(await sql('SELECT custom_fields, created_at FROM conversations ORDER BY id DESC LIMIT 1')).toMatchObject([{ custom_fields: { price: '5' } }]);
  });

  it('of calls', async () => {
    const call = { status: 'completed', userId: null, metadata: null, from: '+525500000000', to: '+525512345678', direction: 'outgoing', startTime: '2026-03-26T15:43:16Z', duration: 12.5, customData: { a: 1 } };
    await ok(desk.api.post('/calls', call));
    await ok(desk.api.post('/calls', { ...call, status: 'busy', startTime: '2026-03-27T00:00:00Z' }));
    expect(await rows('/calls/export.csv', { sortBy: 'startTime=asc' })).toMatchObject([
      { status: 'completed', from: '+525500000000', to: '+525512345678', direction: 'outgoing', startTime: '2026-03-26T15:43:16.000Z', duration: '12.5', customData: '{"a":1}', endedAt: '' },
      { status: 'busy' },
    ]);
    expect(await rows('/calls/export.csv', { startTimeTo: '2026-03-27T00:00:00Z' })).toHaveLength(1);
    expect(await rows('/calls/export.csv', { filterBy: 'status:busy' })).toHaveLength(1);
  });

  it('stop reading where the reader has gone', async () => {
    await sql(`INSERT INTO contacts (tenant_id, first_name) SELECT $1, repeat('x', 200) FROM generate_series(1, 30000)`, [Number(desk.id)]);
    const url = await running.app.listen();
    await new Promise<void>((resolve, reject) => {
      const request = get({ host: url.hostname, port: url.port, path: '/api/v1/contacts/export.csv', headers: { authorization: `Bearer ${desk.key}` } }, (response) => {
        response.once('data', () => {
          response.destroy();
          resolve();
        });
      });
      request.on('error', reject);
    });
    expect((await ok(desk.api.get<{ totalCount: number }>('/contacts', { pageSize: 1 }))).totalCount).toBe(30_000);
  });
});
