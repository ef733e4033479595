import type { ContactDto, ContactPageDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact, aPhone } from '../../factories/contacts';
import { type TestTenant, aTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import type { ApiClient, Query } from '../../support/api-client';
import { sql, statementsOf } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe('the list of contacts', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let api: ApiClient;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    api = tenant.api;
  });

  const page = (query: Query = {}) => ok(api.get<ContactPageDto>('/contacts', query));
  const names = async (query: Query) => (await page(query)).items.map(({ firstName }) => firstName);

  /** Every page, by its token. */
  async function walk(query: Query, between: () => Promise<unknown> = async () => undefined): Promise<ContactDto[]> {
    const items: ContactDto[] = [];
    for (let pageToken: string | undefined, first = true; first || pageToken !== undefined; first = false) {
      const next = await page({ ...query, pageToken });
      items.push(...next.items);
      pageToken = next.nextPageToken;
      await between();
    }
    return items;
  }

  /** Straight into the table: what a list gives is the matter here, not how it came there. */
  const manyContacts = (count: number) =>
    sql(
      `INSERT INTO contacts (tenant_id, first_name, last_name, search_text, created_at)
       SELECT $1, 'person ' || n, CASE WHEN n % 3 > 0 THEN 'family ' || n % 7 END, 'person ' || n, now() - make_interval(mins => n / 5) FROM generate_series(1, $2::int) AS n`,
      [tenant.id, count],
    );

  describe('filterBy', () => {
    beforeEach(async () => {
      await aContact(api, {
        firstName: 'José',
        lastName: 'O;Neil: a, b \\ c',
        companyPosition: '100% "boss"',
        customFields: { plan: 'Gold', seats: 3, 'odd:key': 'x' },
        addresses: [],
      });
      await aContact(api, { firstName: 'Ana', lastName: null, nationalId: 'X-1', email: 'ana@example.com', phone: '+525512345678', customFields: { plan: 'silver' } });
      await aContact(api, {
        firstName: 'Luz',
        lastName: 'Ruiz',
        createdAt: '2020-01-02T03:04:05Z',
        addresses: [{ channelType: 'WHATSAPP', address: '+56912345678' }],
        customFields: { vip: true },
      });
    });

    it.each<[string, string[]]>([
      ['firstName:Ana', ['Ana']],
      ['firstName:JOSE', ['José']],
      ['firstName:ana,luz', ['Luz', 'Ana']],
      ['firstName:Ana;lastName:Ruiz', []],
      [' firstName : Ana', []],
      ['firstName:Ana;', ['Ana']],
      [';;firstName:Ana', ['Ana']],
      ['', ['Luz', 'Ana', 'José']],
      ['lastName:O\\;Neil\\: a\\, b \\\\ c', ['José']],
      ['lastName:O\\;Neil: a\\, b \\\\ c', ['José']],
      ['lastName:O', []],
      ['companyPosition:100% "boss"', ['José']],
      ['companyPosition:100_ "boss"', []],
      ['customFields.plan:gold', ['José']],
      ['customFields.plan:gold,silver', ['Ana', 'José']],
      ['customFields.seats:3', ['José']],
      ['customFields.vip:true', ['Luz']],
      ['customFields.odd\\:key:x', ['José']],
      ["customFields.it's:x", []],
      ['customFields.nobody:x', []],
      ['email:ANA@example.com', ['Ana']],
      ['phone:55 1234 5678', ['Ana']],
      ['addresses.address:+56912345678', ['Luz']],
      ['addresses.address:56912345678', ['Luz']],
      ['addresses.address: 56912345678', ['Luz']],
      ['addresses.address:ana@example.com,+56 9 1234 5678', ['Luz', 'Ana']],
      ['addresses.channelType:whatsapp', ['Luz']],
      ['createdAt:2020-01-02T03:04:05Z', ['Luz']],
      ['createdAt:2020-01-02T03\\:04\\:05Z', ['Luz']],
      ['createdAt:2020-01-01T21:04:05-06:00', ['Luz']],
      ['nationalId:x-1', ['Ana']],
      ['id:1', []],
    ])('%s', async (filterBy, expected) => {
      expect((await names({ filterBy })).sort()).toEqual([...expected].sort());
      expect((await page({ filterBy })).totalCount).toBe(expected.length);
    });

    it.each(['firstName', 'firstName:Ana;lastName', ':Ana', 'a\\:b', ';:;'])('that is no field:value is 400: %s', async (filterBy) => {
      await expectFaults(api.get('/contacts', { filterBy }), { filterBy: 'INVALID_FORMAT' });
    });

    it.each(['nobody:x', '__proto__:x', 'constructor:x', 'customFields:x', 'customFields.:x', 'tenantId:1', 'search_text:x', 'FIRSTNAME:x', "id' OR 1=1 --:x"])(
      'names the fields there are where one is not: %s',
      async (filterBy) => {
        const { fields } = await expectError(api.get('/contacts', { filterBy }), 400, 'VALIDATION_FAILED');
        expect(fields).toMatchObject([{ path: 'filterBy', code: 'UNKNOWN_FIELD' }]);
        expect(fields?.[0]?.message).toContain(filterBy.slice(0, filterBy.lastIndexOf(':')));
        expect(fields?.[0]?.message).toContain('firstName');
        expect(fields?.[0]?.message).toContain('customFields.<fieldKey>');
      },
    );

    it.each(['id:abc', 'userId:', 'createdAt:yesterday', 'createdAt:2026-02-30', 'eventSequence:NaN', 'id:1,x', 'id:1e999'])(
      'that does not fit its field is 400: %s',
      async (filterBy) => {
        await expectFaults(api.get('/contacts', { filterBy }), { filterBy: 'INVALID_VALUE' });
      },
    );
  });

  it('by the documents’ own example', async () => {
    const john = await aContact(api, { firstName: 'John', email: 'john@example.com' });
    await aContact(api, { firstName: 'John' });
    const example = '/api/v1/contacts?filterBy=firstName:John;email:john@example.com&sortBy=createdAt=desc&pageSize=20';
    expect(await ok(api.get<ContactPageDto>(example))).toEqual({ items: [john], totalCount: 1 });
    await expectError(api.get(`${example}&pageToken=Xde34567890`), 400, 'INVALID_PAGE_TOKEN');
  });

  it('is searched without regard to case and accents, in names, ids, positions and addresses', async () => {
    await aContact(api, { firstName: 'Ángel', lastName: 'Muñoz', nationalId: 'RFC99', companyPosition: 'Jefe 50%', email: 'am@example.com', phone: '+525512345678' });
    for (const searchBy of ['angel', 'ÁNGEL', 'munoz', 'gel mu', 'rfc99', '50%', 'am@example', '5512345678', '55 1234-5678', '+52 (55) 1234 5678', ' Ángel ']) {
      expect(await names({ searchBy })).toEqual(['Ángel']);
    }
    for (const searchBy of ['angela', '%', '_', '5%0', 'RFC_9', 'am@example\\']) expect(await names({ searchBy })).toEqual(searchBy === '%' ? ['Ángel'] : []);
    expect(await names({ searchBy: '   ' })).toEqual(['Ángel']);
  });

  describe('sortBy', () => {
    beforeEach(async () => {
      await aContact(api, { firstName: 'b', lastName: 'x', createdAt: '2026-01-02', customFields: { rank: 'm' } });
      await aContact(api, { firstName: 'Á', lastName: 'y', createdAt: '2026-01-01', customFields: { rank: 'a' } });
      await aContact(api, { firstName: 'C', lastName: 'x', createdAt: '2026-01-03' });
      await aContact(api, { firstName: null, lastName: 'y', createdAt: '2026-01-04' });
    });

    it.each<[string | undefined, (string | null)[]]>([
      [undefined, [null, 'C', 'b', 'Á']],
      ['', [null, 'C', 'b', 'Á']],
      ['createdAt=asc', ['Á', 'b', 'C', null]],
      ['createdAt', ['Á', 'b', 'C', null]],
      ['createdAt=DESC', [null, 'C', 'b', 'Á']],
      ['firstName=asc', [null, 'Á', 'b', 'C']],
      ['firstName=desc', ['C', 'b', 'Á', null]],
      ['lastName=asc;firstName=desc', ['C', 'b', 'Á', null]],
      ['lastName=asc,firstName=asc', ['b', 'C', null, 'Á']],
      ['lastName=desc;createdAt=asc', ['Á', null, 'b', 'C']],
      ['customFields.rank=asc;firstName=asc', [null, 'C', 'Á', 'b']],
      ['id=desc', [null, 'C', 'Á', 'b']],
      ['userId=asc', ['b', 'Á', 'C', null]],
      ['archivedAt=desc', [null, 'C', 'Á', 'b']],
    ])('%s, page by page the same', async (sortBy, expected) => {
      expect(await names({ sortBy })).toEqual(expected);
      for (const pageSize of [1, 2, 3]) expect((await walk({ sortBy, pageSize })).map(({ firstName }) => firstName)).toEqual(expected);
    });

    it.each<[string, string]>([
      ['nobody=asc', 'UNKNOWN_FIELD'],
      ['addresses.address=asc', 'UNKNOWN_FIELD'],
      ['=asc', 'UNKNOWN_FIELD'],
      ['firstName=up', 'INVALID_VALUE'],
      ['firstName=', 'INVALID_VALUE'],
      ['firstName=asc;lastName=sideways', 'INVALID_VALUE'],
    ])('%s is 400 and says what there is', async (sortBy, code) => {
      const { fields } = await expectError(api.get('/contacts', { sortBy }), 400, 'VALIDATION_FAILED');
      expect(fields).toMatchObject([{ path: 'sortBy', code }]);
      expect(fields?.[0]?.message).toContain(code === 'UNKNOWN_FIELD' ? 'lastName' : 'desc');
    });
  });

  describe('pages', () => {
    it('have 20 rows unless told otherwise, and 100 at the most', async () => {
      await manyContacts(120);
      for (const [pageSize, rows] of [
        [undefined, 20],
        [7, 7],
        [100, 100],
        [101, 100],
        [1_000_000, 100],
      ] as const) {
        expect((await page({ pageSize })).items).toHaveLength(rows);
      }
      expect(await page({ page: 2, pageSize: 100 })).toMatchObject({ totalCount: 120, items: { length: 20 } });
    });

    it('end without a token, and an empty one still counts', async () => {
      await manyContacts(4);
      const [one, two, past] = [await page({ pageSize: 2 }), await page({ pageSize: 2, page: 2 }), await page({ pageSize: 2, page: 3 })];
      expect(typeof one.nextPageToken).toBe('string');
      for (const last of [two, past]) expect(last).not.toHaveProperty('nextPageToken');
      expect(past).toEqual({ items: [], totalCount: 4 });
      expect(await page({ filterBy: 'firstName:nobody' })).toEqual({ items: [], totalCount: 0 });
    });

    it('by number and by token are the same', async () => {
      await manyContacts(25);
      const byToken = await walk({ pageSize: 10, sortBy: 'lastName=desc' });
      const byNumber = (await Promise.all([1, 2, 3].map((number) => page({ pageSize: 10, page: number, sortBy: 'lastName=desc' })))).flatMap(({ items }) => items);
      expect(byToken.map(({ id }) => id)).toEqual(byNumber.map(({ id }) => id));
      const [, second] = [await page({ pageSize: 10, sortBy: 'lastName=desc' }), await page({ pageSize: 10, page: 2, sortBy: 'lastName=desc' })];
      expect((await page({ pageSize: 10, sortBy: 'lastName=desc', pageToken: second.nextPageToken, page: 7 })).items).toEqual(byNumber.slice(20));
    });

    it('reach 10,000 rows by number, and every row by token', async () => {
      await manyContacts(10_150);
      expect((await page({ page: 100, pageSize: 100 })).items).toHaveLength(100);
      const { fields } = await expectError(api.get('/contacts', { page: 101, pageSize: 100 }), 400, 'VALIDATION_FAILED');
      expect(fields).toMatchObject([{ path: 'page', message: expect.stringContaining('pageToken') }]);
      await expectFaults(api.get('/contacts', { page: 1e15 }), { page: 'INVALID_VALUE' });
      const ids = (await walk({ pageSize: 100 })).map(({ id }) => id);
      expect([ids.length, new Set(ids).size]).toEqual([10_150, 10_150]);
    });

    it.each(['createdAt=desc', 'firstName=asc', 'lastName=desc;firstName=asc', 'lastName=asc;createdAt=desc', 'updatedAt=asc'])(
      'sorted by %s neither repeat nor skip a row that was there throughout, whatever is written meanwhile',
      async (sortBy) => {
        await manyContacts(60);
        const before = (await sql<{ id: number }>('SELECT id FROM contacts ORDER BY id')).map(({ id }) => id);
        const doomed = new Set(before.slice(10, 20));
        let round = 0;
        const items = await walk({ sortBy, pageSize: 7 }, async () => {
          await aContact(api, { firstName: `person ${round}`, lastName: round % 2 ? 'family 3' : null, createdAt: `2020-01-0${(round % 9) + 1}`, addresses: [] });
          await aContact(api, { firstName: `aaa ${round}`, addresses: [] });
          const gone = [...doomed][round++];
          if (gone !== undefined) await ok(api.delete(`/contacts/${gone}`));
        });
        const seen = items.map(({ id }) => id);
        expect(new Set(seen).size).toBe(seen.length);
        for (const id of before.filter((one) => !doomed.has(one))) expect(seen).toContain(id);
      },
    );

    it('of many rows with one and the same key are told apart by their id', async () => {
      await sql(`INSERT INTO contacts (tenant_id, created_at) SELECT $1, '2026-01-01T00:00:00.123Z' FROM generate_series(1, 50)`, [tenant.id]);
      for (const sortBy of ['createdAt=desc', 'createdAt=asc', 'firstName=asc', 'firstName=desc;createdAt=asc']) {
        expect(new Set((await walk({ sortBy, pageSize: 7 })).map(({ id }) => id)).size).toBe(50);
      }
    });
  });

  describe('a page token', () => {
    it('goes with its filter, search, sort, list and tenant, and with no other', async () => {
      await manyContacts(10);
      const { theirs } = await twoTenants(running.app);
      const query = { filterBy: 'lastName:family 1,family 2', sortBy: 'firstName=asc', searchBy: 'person', pageSize: 1 };
      const pageToken = (await page(query)).nextPageToken;
      await page({ ...query, pageToken });
      await page({ ...query, pageToken, pageSize: 5 }); // the size may change
      const others: Query[] = [
        { ...query, filterBy: 'lastName:family 1' },
        { ...query, filterBy: undefined },
        { ...query, sortBy: 'firstName=desc' },
        { ...query, sortBy: 'lastName=asc' },
        { ...query, sortBy: undefined },
        { ...query, searchBy: 'perso' },
        { ...query, includeArchived: true },
      ];
      for (const other of others) await expectError(api.get('/contacts', { ...other, pageToken }), 400, 'INVALID_PAGE_TOKEN');
      await expectError(theirs.api.get('/contacts', { ...query, pageToken }), 400, 'INVALID_PAGE_TOKEN');
      await expectError(api.get('/users', { pageToken }), 400, 'INVALID_PAGE_TOKEN');
      await expectError(api.post('/contacts/search', { pageToken }), 400, 'INVALID_PAGE_TOKEN');
    });

    it('that was touched is refused, in every one of its characters', async () => {
      await manyContacts(3);
      const token = (await page({ pageSize: 1 })).nextPageToken ?? '';
      expect(token).toMatch(/^[\w-]+$/);
      for (let at = 0; at < token.length - 1; at++) {
        const other = token[at] === 'A' ? 'B' : 'A';
        await expectError(api.get('/contacts', { pageSize: 1, pageToken: token.slice(0, at) + other + token.slice(at + 1) }), 400, 'INVALID_PAGE_TOKEN');
      }
    });

    it.each(['x', 'Xde34567890', '%00', '..', 'null', 'A'.repeat(3000), 'WzEsMl0', 'ñ'])('that is none is refused: %s', async (pageToken) => {
      await expectError(api.get('/contacts', { pageToken }), 400, 'INVALID_PAGE_TOKEN');
    });

    it('too long for one is refused', async () => {
      await expectFaults(api.get('/contacts', { pageToken: 'A'.repeat(4001) }), { pageToken: 'VALUE_TOO_LONG' });
    });
  });

  it('shows only the tenant’s own', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const address = aPhone();
    await aContact(theirs.api, { firstName: 'theirs', phone: address });
    for (const query of [{}, { searchBy: 'theirs' }, { filterBy: `phone:${address}` }, { includeArchived: true }]) {
      expect(await ok(mine.api.get('/contacts', query))).toEqual({ items: [], totalCount: 0 });
    }
  });

  it('costs one statement, and one more to count what is filtered', async () => {
    await manyContacts(50);
    await page(); // what is held in memory is held now
    expect(await statementsOf(() => page({ pageSize: 50 }))).toHaveLength(1);
    expect(await statementsOf(() => page({ pageSize: 50, filterBy: 'lastName:family 1', searchBy: 'person' }))).toHaveLength(2);
  });
});
