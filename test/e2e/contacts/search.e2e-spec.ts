import type { ContactDocumentDto, ContactDocumentPageDto } from '../../../src/modules/contacts/dto/search-contacts.dto';
import { aContact, aPhone } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { type TestTenant, aTenant, twoTenants } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import type { ApiClient } from '../../support/api-client';
import { sql, statementsOf } from '../../support/database';
import { useTestApp } from '../../support/test-app';

type Filter = { field: string; operator: string; value?: unknown; or?: unknown };

describe('searching contacts', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let api: ApiClient;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    api = tenant.api;
  });

  const search = (body: object) => ok(api.post<ContactDocumentPageDto>('/contacts/search', body));
  const names = async (body: object) => (await search(body)).items.map(({ firstName }) => firstName).sort();
  const matching = (...filters: Filter[]) => names({ filters });

  it('by the documents’ own example finds who has both', async () => {
    const jane = await aContact(api, {
      addresses: [
        { channelType: 'PHONE', address: '+56912345678' },
        { channelType: 'EMAIL', address: 'jane@example.com' },
      ],
    });
    await aContact(api, { email: 'other@example.com' });
    const example =
      '{ "filters": [ { "field": "addresses.address", "operator": "eq", "value": "+56912345678" }, { "field": "addresses.address", "operator": "contains", "value": "example.com" } ], "sort": [ { "field": "createdAt", "direction": "desc" } ], "size": 20, "pageToken": "Xde34567890", "includeTotalCount": "true" }';
    const found = await ok(api.send<ContactDocumentPageDto>('POST', '/contacts/search', { raw: example.replace('"pageToken": "Xde34567890", ', '') }));
    expect(found).toMatchObject({ totalCount: 1, items: [{ id: String(jane.id) }] });
    await expectError(api.send('POST', '/contacts/search', { raw: example }), 400, 'INVALID_PAGE_TOKEN');
  });

  it('gives documents: ids as text, and how often they have changed', async () => {
    const user = await aUser(api);
    const contact = await aContact(api, { userId: user.id, contactCompanyId: 7, customFields: { a: 1 }, metadata: [1] });
    await ok(api.put(`/contacts/${contact.id}`, { firstName: 'Eva' }));
    const archived = await ok(api.post<{ updatedAt: string; archivedAt: string }>(`/contacts/${contact.id}/archive`));
    const [document] = (await search({ includeArchived: true })).items;
    expect(document).toEqual({
      ...contact,
      id: String(contact.id),
      modelType: 'Contact',
      firstName: 'Eva',
      userId: String(user.id),
      contactCompanyId: '7',
      updatedAt: archived.updatedAt,
      archivedAt: archived.archivedAt,
      eventSequence: 3,
      eventTimestamp: archived.updatedAt,
    } satisfies ContactDocumentDto);
  });

  describe('operators', () => {
    beforeEach(async () => {
      await aCustomField(api, { fieldKey: 'since', fieldType: 'DATE' });
      await aContact(api, {
        firstName: 'Ángela',
        lastName: 'Núñez 50%',
        companyPosition: 'CEO',
        contactCompanyId: 10,
        createdAt: '2026-01-10T12:00:00Z',
        email: 'angela@example.com',
        phone: '+525512345678',
        customFields: { plan: 'Gold', seats: 9, since: '2025-06-01', vip: true },
      });
      await aContact(api, {
        firstName: 'Bruno',
        lastName: 'Lima',
        contactCompanyId: 9,
        createdAt: '2026-01-20T12:00:00Z',
        addresses: [{ channelType: 'WHATSAPP', address: '+56912345678' }],
        customFields: { plan: 'silver', seats: 10, since: '2025-12-31', vip: false },
      });
      await aContact(api, { firstName: 'Carla', lastName: null, createdAt: '2026-02-01T00:00:00Z', addresses: [] });
    });

    it.each<[string, string, unknown, string]>([
      // text
      ['firstName', 'eq', 'angela', 'Ángela'],
      ['firstName', 'eq', 'ÁNGELA', 'Ángela'],
      ['firstName', 'eq', 'angel', ''],
      ['firstName', 'neq', 'angela', 'Bruno Carla'],
      ['lastName', 'neq', 'lima', 'Carla Ángela'],
      ['firstName', 'contains', 'GEL', 'Ángela'],
      ['firstName', 'contains', 'a', 'Carla Ángela'],
      ['lastName', 'contains', '%', 'Ángela'],
      ['lastName', 'contains', '_', ''],
      ['lastName', 'contains', '\\', ''],
      ['lastName', 'notContains', 'nez', 'Bruno Carla'],
      ['firstName', 'startsWith', 'an', 'Ángela'],
      ['firstName', 'startsWith', 'ng', ''],
      ['lastName', 'endsWith', '50%', 'Ángela'],
      ['lastName', 'endsWith', 'nez', ''],
      ['firstName', 'in', ['BRUNO', 'carla', 'nobody'], 'Bruno Carla'],
      ['firstName', 'in', [], ''],
      ['firstName', 'notIn', ['bruno'], 'Carla Ángela'],
      ['lastName', 'notIn', ['lima'], 'Carla Ángela'],
      ['firstName', 'notIn', [], 'Bruno Carla Ángela'],
      ['firstName', 'gt', 'angela', 'Bruno Carla'],
      ['firstName', 'gte', 'bruno', 'Bruno Carla'],
      ['firstName', 'lt', 'bruno', 'Ángela'],
      ['firstName', 'lte', 'BRUNO', 'Bruno Ángela'],
      ['firstName', 'between', ['b', 'c'], 'Bruno'],
      ['companyPosition', 'exists', undefined, 'Ángela'],
      ['companyPosition', 'notExists', undefined, 'Bruno Carla'],
      // numbers
      ['contactCompanyId', 'eq', 10, 'Ángela'],
      ['contactCompanyId', 'eq', '10', 'Ángela'],
      ['contactCompanyId', 'neq', 10, 'Bruno Carla'],
      ['contactCompanyId', 'in', [9, '10'], 'Bruno Ángela'],
      ['contactCompanyId', 'notIn', [9], 'Carla Ángela'],
      ['contactCompanyId', 'gt', 9, 'Ángela'],
      ['contactCompanyId', 'gt', 9.5, 'Ángela'],
      ['contactCompanyId', 'gte', 9, 'Bruno Ángela'],
      ['contactCompanyId', 'lt', 10, 'Bruno'],
      ['contactCompanyId', 'lte', 10, 'Bruno Ángela'],
      ['contactCompanyId', 'between', [9, 9], 'Bruno'],
      ['contactCompanyId', 'exists', null, 'Bruno Ángela'],
      ['contactCompanyId', 'notExists', undefined, 'Carla'],
      // dates
      ['createdAt', 'eq', '2026-01-10T12:00:00Z', 'Ángela'],
      ['createdAt', 'eq', '2026-01-10T06:00:00-06:00', 'Ángela'],
      ['createdAt', 'neq', '2026-01-10T12:00:00Z', 'Bruno Carla'],
      ['createdAt', 'gt', '2026-01-20T12:00:00Z', 'Carla'],
      ['createdAt', 'gte', '2026-01-20T12:00:00Z', 'Bruno Carla'],
      ['createdAt', 'lt', '2026-01-20', 'Ángela'],
      ['createdAt', 'lte', '2026-02-01', 'Bruno Carla Ángela'],
      ['createdAt', 'between', ['2026-01-10', '2026-01-31'], 'Bruno Ángela'],
      ['createdAt', 'in', ['2026-02-01', '2026-01-10T12:00:00Z'], 'Carla Ángela'],
      ['archivedAt', 'exists', undefined, ''],
      // custom fields
      ['customFields.plan', 'eq', 'GOLD', 'Ángela'],
      ['customFields.plan', 'neq', 'gold', 'Bruno Carla'],
      ['customFields.plan', 'contains', 'l', 'Bruno Ángela'],
      ['customFields.plan', 'notContains', 'ver', 'Carla Ángela'],
      ['customFields.plan', 'startsWith', 'SIL', 'Bruno'],
      ['customFields.plan', 'endsWith', 'old', 'Ángela'],
      ['customFields.plan', 'in', ['gold', 'silver'], 'Bruno Ángela'],
      ['customFields.plan', 'notIn', ['gold', 'silver'], 'Carla'],
      ['customFields.plan', 'exists', undefined, 'Bruno Ángela'],
      ['customFields.plan', 'notExists', undefined, 'Carla'],
      ['customFields.seats', 'eq', 9, 'Ángela'],
      ['customFields.seats', 'gt', 9, 'Bruno'],
      ['customFields.seats', 'gte', 9, 'Bruno Ángela'],
      ['customFields.seats', 'lt', 10, 'Ángela'],
      ['customFields.seats', 'lte', '10', 'Bruno Ángela'],
      ['customFields.seats', 'between', [9.5, 100], 'Bruno'],
      ['customFields.since', 'gte', '2025-12-31', 'Bruno'],
      ['customFields.since', 'between', ['2025-01-01', '2025-12-01'], 'Ángela'],
      ['customFields.vip', 'eq', true, 'Ángela'],
      ['customFields.vip', 'eq', 'FALSE', 'Bruno'],
      ['customFields.nobody', 'exists', undefined, ''],
      ['customFields.nobody', 'neq', 'x', 'Bruno Carla Ángela'],
      // addresses: phones in any form
      ['addresses.address', 'eq', '+56912345678', 'Bruno'],
      ['addresses.address', 'eq', '+56 (9) 1234-5678', 'Bruno'],
      ['addresses.address', 'eq', '56912345678', 'Bruno'],
      ['addresses.address', 'eq', '55 1234 5678', 'Ángela'],
      ['addresses.address', 'eq', '5215512345678', 'Ángela'],
      ['addresses.address', 'eq', 'ANGELA@example.com', 'Ángela'],
      ['addresses.address', 'neq', '+56912345678', 'Carla Ángela'],
      ['addresses.address', 'in', ['5512345678', '+56912345678'], 'Bruno Ángela'],
      ['addresses.address', 'notIn', ['5512345678'], 'Bruno Carla'],
      ['addresses.address', 'contains', '12345678', 'Bruno Ángela'],
      ['addresses.address', 'contains', '1234-5678', 'Bruno Ángela'],
      ['addresses.address', 'contains', 'EXAMPLE.com', 'Ángela'],
      ['addresses.address', 'notContains', 'example.com', 'Bruno Carla'],
      ['addresses.address', 'startsWith', '+569', 'Bruno'],
      ['addresses.address', 'startsWith', '+56 9 12', 'Bruno'],
      ['addresses.address', 'startsWith', '56912', 'Bruno'],
      ['addresses.address', 'startsWith', 'angela', 'Ángela'],
      ['addresses.address', 'endsWith', '5678', 'Bruno Ángela'],
      ['addresses.address', 'endsWith', 'example.com', 'Ángela'],
      ['addresses.address', 'exists', undefined, 'Bruno Ángela'],
      ['addresses.address', 'notExists', undefined, 'Carla'],
      ['addresses.channelType', 'eq', 'whatsapp', 'Bruno'],
      ['addresses.channelType', 'neq', 'EMAIL', 'Bruno Carla'],
      ['addresses.channelType', 'in', ['EMAIL', 'WHATSAPP'], 'Bruno Ángela'],
      ['addresses.channelType', 'notExists', undefined, 'Carla'],
      ['email', 'exists', undefined, 'Ángela'],
      ['email', 'endsWith', '@example.com', 'Ángela'],
      ['email', 'notExists', undefined, 'Bruno Carla'],
      ['phone', 'eq', '(55) 1234-5678', 'Ángela'],
      ['phone', 'exists', undefined, 'Ángela'],
    ])('%s %s %j', async (field, operator, value, expected) => {
      expect(await matching({ field, operator, value })).toEqual(expected.split(' ').filter(Boolean));
    });

    it.each<[string, string, unknown]>([
      ['contactCompanyId', 'eq', 'x'],
      ['contactCompanyId', 'contains', '1'],
      ['createdAt', 'gt', 'yesterday'],
      ['createdAt', 'startsWith', '2026'],
      ['createdAt', 'between', ['2026-01-01']],
      ['firstName', 'between', 'a'],
      ['firstName', 'between', ['a', 'b', 'c']],
      ['firstName', 'between', null],
      ['firstName', 'between', []],
      ['contactCompanyId', 'between', [1, 'b']],
      ['contactCompanyId', 'in', [9, 'nine']],
      ['contactCompanyId', 'notIn', ['nine', 9]],
      ['createdAt', 'in', ['2026-01-10', 'yesterday']],
      ['customFields.seats', 'between', [1, 'many']],
      ['addresses.channelType', 'eq', 'FAX'],
      ['addresses.channelType', 'in', ['EMAIL', 'FAX']],
      ['addresses.channelType', 'notIn', ['FAX']],
    ])('that do not fit the field or value are 400: %s %s %j', async (field, operator, value) => {
      await expectFaults(api.post('/contacts/search', { filters: [{ field, operator, value }] }), { 'filters[0]': 'INVALID_VALUE' });
    });

    it.each<[string, unknown]>([
      ['eq', undefined],
      ['eq', null],
      ['eq', ['a', 'b']],
      ['eq', { a: 1 }],
      ['eq', { constructor: 1 }],
      ['in', [{ a: 1 }]],
      ['in', [null]],
      ['contains', undefined],
      ['gt', []],
      ['in', Array(1001).fill('a')],
      ...['in', 'notIn'].flatMap((operator) => ['a', 'a,b', 1, true, null, undefined, { a: 1 }, [null], ['a', null], [['a']], ['a', { b: 1 }]].map((value): [string, unknown] => [operator, value])),
      ...['between'].flatMap((operator) => [{ a: 1 }, [null, null], ['a', ['b']]].map((value): [string, unknown] => [operator, value])),
      ...['exists', 'notExists'].flatMap((operator) => [false, 'a', 1, { a: 1 }, ['a', 'b']].map((value): [string, unknown] => [operator, value])),
      ...['eq', 'neq', 'contains', 'notContains', 'startsWith', 'endsWith', 'gt', 'gte', 'lt', 'lte'].flatMap((operator) =>
        [undefined, null, { a: 1 }, [], ['a', 'b'], [null]].map((value): [string, unknown] => [operator, value]),
      ),
    ])('without the value that they need are 400: %s %j', async (operator, value) => {
      await expectFaults(api.post('/contacts/search', { filters: [{ field: 'firstName', operator, value }] }), { 'filters[0].value': 'INVALID_VALUE' });
    });
  });

  describe('groups', () => {
    beforeEach(async () => {
      for (const [firstName, lastName] of [
        ['Ana', 'X'],
        ['Ana', 'Y'],
        ['Luz', 'X'],
        ['Luz', 'Y'],
        ['Zoé', 'X'],
      ])
        await aContact(api, { firstName, lastName: `${firstName}${lastName}`, companyPosition: lastName, addresses: [] });
    });
    const found = async (...filters: Filter[]) => (await search({ filters })).items.map(({ lastName }) => lastName).sort();
    const is = (field: string, value: string, or?: unknown): Filter => ({ field, operator: 'eq', value, or });

    it('join what says or to what stands before it, and hold together with the rest', async () => {
      expect(await found(is('firstName', 'Ana'), is('firstName', 'Luz', true), is('companyPosition', 'X'))).toEqual(['AnaX', 'LuzX']);
      expect(await found(is('companyPosition', 'X'), is('firstName', 'Ana'), is('firstName', 'Luz', true))).toEqual(['AnaX', 'LuzX']);
      expect(await found(is('firstName', 'Ana'), is('firstName', 'Luz', true), is('firstName', 'Zoé', true))).toHaveLength(5);
      expect(await found(is('firstName', 'Ana'), is('firstName', 'Zoé', 'true'), is('companyPosition', 'X'), is('companyPosition', 'Y', true))).toEqual(['AnaX', 'AnaY', 'ZoéX']);
    });

    it('begin with the first filter, whatever it says', async () => {
      expect(await found(is('firstName', 'Ana', true), is('companyPosition', 'X'))).toEqual(['AnaX']);
    });

    it('without filters are everything', async () => {
      expect(await found()).toHaveLength(5);
    });

    it('have at most 25 filters', async () => {
      const filters = (count: number) => Array.from({ length: count }, () => is('firstName', 'Ana'));
      expect(await found(...filters(25))).toHaveLength(2);
      await expectFaults(api.post('/contacts/search', { filters: filters(26) }), { filters: 'INVALID_VALUE' });
    });
  });

  describe('the search text', () => {
    it('is found in names, ids, positions and addresses, without case and accents, in any form of a number', async () => {
      await aContact(api, { firstName: 'Ángel', lastName: 'Peña', nationalId: 'RFC-77', companyPosition: 'Dueño', email: 'ap@example.com', phone: '+525512345678' });
      for (const text of ['ngel pen', 'PENA', 'rfc-77', 'dueno', 'AP@EXAMPLE', '55-1234', '+52 55 12 34 56 78', '5678', 'á'])
        expect(await names({ search: text })).toEqual(['Ángel']);
      for (const text of ['angela', 'rfc77', '%', '_', '\\']) expect(await names({ search: text })).toEqual([]);
      expect(await names({ search: '' })).toEqual(['Ángel']);
    });

    it('goes together with filters', async () => {
      await aContact(api, { firstName: 'Ana', lastName: 'Ruiz' });
      await aContact(api, { firstName: 'Ana', lastName: 'Lima' });
      expect((await search({ search: 'ana', filters: [{ field: 'lastName', operator: 'eq', value: 'lima' }], includeTotalCount: true })).totalCount).toBe(1);
    });

    it('is looked up by an index', async () => {
      await sql(`INSERT INTO contacts (tenant_id, search_text) SELECT $1, md5(n::text) || md5((n + 1)::text) FROM generate_series(1, 20000) AS n`, [tenant.id]);
      await sql('VACUUM ANALYZE contacts');
      const [statement = ''] = (await statementsOf(() => search({ search: 'zzzzzz' }))).filter((text) => text.includes('search_text'));
      const plan = await sql(`EXPLAIN ${statement}`, [tenant.id, 'zzzzzz', 21, 0]);
      expect(JSON.stringify(plan)).toContain('ix_contacts_search');
    });
  });

  it('finds at once what was just written, changed, archived or deleted', async () => {
    const found = async (text: string) => (await search({ search: text })).items.length;
    for (let time = 0; time < 5; time++) {
      const { id } = await aContact(api, { firstName: 'Recién', lastName: `Llegada${time}` });
      expect(await found(`llegada${time}`)).toBe(1);
      await ok(api.put(`/contacts/${id}`, { lastName: `Casada${time}` }));
      expect([await found(`llegada${time}`), await found(`casada${time}`)]).toEqual([0, 1]);
      await ok(api.post(`/contacts/${id}/archive`));
      expect(await found(`casada${time}`)).toBe(0);
      await ok(api.post(`/contacts/${id}/unarchive`));
      expect(await found(`casada${time}`)).toBe(1);
      await ok(api.delete(`/contacts/${id}`));
      expect(await found(`casada${time}`)).toBe(0);
    }
  });

  it('leaves archived contacts out, unless asked for them', async () => {
    const { id } = await aContact(api);
    await ok(api.post(`/contacts/${id}/archive`));
    expect(await search({ includeTotalCount: true })).toEqual({ items: [], totalCount: 0 });
    for (const includeArchived of [true, 'true']) expect((await search({ includeArchived })).items).toHaveLength(1);
    expect(await search({ includeArchived: true, filters: [{ field: 'archivedAt', operator: 'exists' }] })).toMatchObject({ items: [{ id: String(id) }] });
  });

  it('sorts, and pages by token; counts only where asked to', async () => {
    for (const [firstName, lastName] of [
      ['b', '1'],
      ['a', '2'],
      ['a', '1'],
      ['B', '3'],
      [null, '9'],
    ] as const)
      await aContact(api, { firstName, lastName });
    const sort = [
      { field: 'firstName', direction: 'asc' },
      { field: 'lastName', direction: 'desc' },
    ];
    const seen: (string | null)[] = [];
    for (let pageToken: string | undefined, first = true; first || pageToken; first = false) {
      const page = await search({ sort, size: 2, pageToken });
      expect(page).not.toHaveProperty('totalCount');
      seen.push(...page.items.map(({ lastName }) => lastName));
      pageToken = page.nextPageToken;
    }
    expect(seen).toEqual(['9', '2', '1', '3', '1']);
    expect((await search({ size: 1, includeTotalCount: true })).totalCount).toBe(5);
  });

  it('gives 200 documents at the most, and 20 unless told otherwise', async () => {
    await sql('INSERT INTO contacts (tenant_id) SELECT $1 FROM generate_series(1, 250)', [tenant.id]);
    for (const [size, rows] of [
      [undefined, 20],
      ['30', 30],
      [200, 200],
      [201, 200],
      [1e9, 200],
    ])
      expect((await search({ size })).items).toHaveLength(Number(rows));
  });

  it.each<[object, Record<string, string>]>([
    [{ filters: 'x' }, { filters: 'INVALID_TYPE' }],
    [{ filters: ['x'] }, { 'filters[0]': 'INVALID_TYPE' }],
    [{ filters: [{}] }, { 'filters[0].field': 'REQUIRED_FIELD', 'filters[0].operator': 'REQUIRED_FIELD' }],
    [{ filters: [{ field: 'firstName', operator: 'like', value: 'x' }] }, { 'filters[0].operator': 'INVALID_VALUE' }],
    [{ filters: [{ field: 'nobody', operator: 'eq', value: 'x' }] }, { 'filters[0]': 'UNKNOWN_FIELD' }],
    [{ filters: [{ field: 'customFields.', operator: 'eq', value: 'x' }] }, { 'filters[0]': 'UNKNOWN_FIELD' }],
    [{ sort: [{ field: 'nobody', direction: 'asc' }] }, { 'sort[0]': 'UNKNOWN_FIELD' }],
    [{ sort: [{ field: 'addresses.address', direction: 'asc' }] }, { 'sort[0]': 'UNKNOWN_FIELD' }],
    [{ sort: [{ field: 'firstName', direction: 'up' }] }, { 'sort[0]': 'INVALID_VALUE' }],
    [{ sort: { field: 'firstName', direction: 'asc' } }, { sort: 'INVALID_TYPE' }],
    [{ size: 0 }, { size: 'INVALID_VALUE' }],
    [{ size: 0.1 }, { size: 'INVALID_TYPE' }],
    [{ search: 5 }, { search: 'INVALID_TYPE' }],
    [{ search: 'x'.repeat(501) }, { search: 'VALUE_TOO_LONG' }],
    [
      { includeTotalCount: 'perhaps', includeArchived: {} },
      { includeTotalCount: 'INVALID_TYPE', includeArchived: 'INVALID_TYPE' },
    ],
  ])('refuses %j', async (body, faults) => {
    await expectFaults(api.post('/contacts/search', body), faults);
  });

  it('shows only the tenant’s own', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const address = aPhone();
    await aContact(theirs.api, { firstName: 'theirs', phone: address });
    const eq = (field: string, value: string) => ({ filters: [{ field, operator: 'eq', value }] });
    for (const body of [
      {},
      { search: 'theirs' },
      eq('addresses.address', address),
      eq('phone', address),
      eq('firstName', 'theirs'),
      { filters: [{ field: 'addresses.channelType', operator: 'exists' }] },
    ]) {
      expect(await ok(mine.api.post('/contacts/search', { ...body, includeTotalCount: true, includeArchived: true }))).toEqual({ items: [], totalCount: 0 });
    }
  });
});
