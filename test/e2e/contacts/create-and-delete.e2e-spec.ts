import type { ContactDto, ContactPageDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact, aPhone, anEmail } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { type TestTenant, aTenant, twoTenants } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import type { ApiClient } from '../../support/api-client';
import { countRows, sql, statementsOf } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe('contacts', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let api: ApiClient;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    api = tenant.api;
  });

  describe('created', () => {
    it('by the documents’ own example are answered, and stored, whole', async () => {
      const contact = await ok(
        api.send<ContactDto>('POST', '/contacts', {
          raw: '{ "firstName": "Jane", "lastName": "Doe", "customFields": { "source": "web" }, "addresses": [ { "address": "+56912345678", "channelType": "PHONE" } ] }',
        }),
      );
      expect(contact).toEqual({
        id: expect.any(Number),
        tenantId: tenant.id,
        providerId: null,
        providerName: null,
        nationalId: null,
        firstName: 'Jane',
        lastName: 'Doe',
        email: null,
        phone: '+56912345678',
        userId: null,
        contactCompanyId: null,
        companyPosition: null,
        metadata: null,
        archivedAt: null,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updatedAt: contact.createdAt,
        customFields: { source: 'web' },
        addresses: [
          {
            id: expect.any(Number),
            tenantId: tenant.id,
            contactId: contact.id,
            channelType: 'PHONE',
            address: '+56912345678',
            createdAt: contact.createdAt,
            updatedAt: contact.createdAt,
          },
        ],
      });
      expect(await ok(api.get(`/contacts/${contact.id}`))).toEqual(contact);
      expect(await sql('SELECT first_name, custom_fields, event_sequence FROM contacts WHERE id = $1', [contact.id])).toEqual([
        { first_name: 'Jane', custom_fields: { source: 'web' }, event_sequence: 1 },
      ]);
      expect(await sql('SELECT channel_type, address, identity FROM contact_addresses WHERE contact_id = $1', [contact.id])).toEqual([
        { channel_type: 'PHONE', address: '+56912345678', identity: '+56912345678' },
      ]);
    });

    it('with every field keep every field', async () => {
      const user = await aUser(api);
      const sent = {
        userId: user.id,
        customFields: { plan: 'gold', seats: 3, nested: { a: [1, null, 'x'] } },
        providerId: 'crm-17',
        providerName: 'acme',
        nationalId: 'GODE561231GR8',
        firstName: 'Ana',
        lastName: 'Núñez',
        contactCompanyId: 12,
        companyPosition: 'Constructora',
        metadata: { any: ['json', 1, null] },
        createdAt: '2019-08-24T14:15:22Z',
      };
      const contact = await ok(api.post<ContactDto>('/contacts', sent));
      expect(contact).toMatchObject({ ...sent, createdAt: '2019-08-24T14:15:22.000Z' });
      expect(await ok(api.get(`/contacts/${contact.id}`))).toEqual(contact);
    });

    it('with nothing are contacts all the same', async () => {
      expect(await ok(api.post('/contacts', {}))).toMatchObject({ firstName: null, addresses: [], customFields: {} });
    });

    it('cost a fixed number of statements', async () => {
      const addresses = Array.from({ length: 20 }, () => ({ channelType: 'PHONE', address: aPhone() }));
      await aContact(api, { addresses: [] }); // what is held in memory is held now
      expect(await statementsOf(() => aContact(api, { addresses }))).toHaveLength(1);
    });

    it.each([{ a: 1 }, [1, 'a', null], 'text', 0, false, '', 1.5])('keep any JSON as metadata: %j', async (metadata) => {
      const { id } = await ok(api.post<ContactDto>('/contacts', { metadata }));
      expect((await ok(api.get<ContactDto>(`/contacts/${id}`))).metadata).toEqual(metadata);
    });

    it('normalise their addresses: any case of channel, any form of number, lower-case emails', async () => {
      const contact = await aContact(api, {
        addresses: [
          { channelType: 'phone', address: '55 1234-5678' },
          { channelType: 'Email', address: '  Ana.Perez@Example.COM ' },
          { channelType: 'WHATSAPP', address: 'us.13491208655302741918' },
          { channelType: 'sms', address: 'tel:+52 1 55 8765 4321' },
          { channelType: 'INSTAGRAM', address: ' Ana.Pérez ' },
        ],
      });
      expect(contact.addresses.map(({ channelType, address }) => [channelType, address])).toEqual([
        ['PHONE', '+525512345678'],
        ['EMAIL', 'ana.perez@example.com'],
        ['WHATSAPP', 'US.13491208655302741918'],
        ['SMS', '+525587654321'],
        ['INSTAGRAM', 'Ana.Pérez'],
      ]);
      expect(contact).toMatchObject({ phone: '+525512345678', email: 'ana.perez@example.com' });
    });

    it('read a national number by their tenant’s country', async () => {
      const chile = await aTenant(running.app, { defaultCountry: 'CL' });
      expect(await aContact(chile.api, { addresses: [{ channelType: 'PHONE', address: '9 1234 5678' }] })).toMatchObject({ phone: '+56912345678' });
    });

    it('take the legacy email and phone as addresses, once', async () => {
      const contact = await aContact(api, { phone: '55 1234 5678', email: 'ANA@example.com', addresses: [{ channelType: 'EMAIL', address: 'ana@example.com' }] });
      expect(contact).toMatchObject({ phone: '+525512345678', email: 'ana@example.com' });
      expect(contact.addresses.map(({ channelType }) => channelType).sort()).toEqual(['EMAIL', 'PHONE']);
    });

    it('with an address given twice have it once', async () => {
      const address = aPhone();
      const contact = await aContact(api, {
        addresses: [
          { channelType: 'PHONE', address },
          { channelType: 'phone', address: ` ${address} ` },
        ],
      });
      expect(contact.addresses).toHaveLength(1);
    });

    it('are refused with all their faults at once', async () => {
      await aCustomField(api, { fieldKey: 'seats', fieldType: 'NUMBER' });
      await expectFaults(
        api.post('/contacts', {
          firstName: 5,
          lastName: 'x'.repeat(256),
          nationalId: 'x'.repeat(65),
          userId: 0.1,
          contactCompanyId: -1,
          customFields: { seats: 'three' },
          createdAt: '2026-02-30',
          email: 'nobody',
          phone: '123',
          addresses: [
            { channelType: 'PIGEON', address: 'x' },
            { channelType: 'PHONE', address: '12' },
            { channelType: 'EMAIL' },
            { channelType: 'TELEGRAM', address: ' ' },
            'text',
            { channelType: 'OTHER', address: 'x'.repeat(321) },
          ],
        }),
        {
          firstName: 'INVALID_TYPE',
          lastName: 'VALUE_TOO_LONG',
          nationalId: 'VALUE_TOO_LONG',
          userId: 'INVALID_TYPE',
          contactCompanyId: 'INVALID_TYPE',
          'customFields.seats': 'INVALID_CUSTOM_FIELD_VALUE',
          createdAt: 'INVALID_DATE',
          email: 'INVALID_EMAIL',
          phone: 'INVALID_PHONE',
          'addresses[0].channelType': 'INVALID_VALUE',
          'addresses[1].address': 'INVALID_PHONE',
          'addresses[2].address': 'REQUIRED_FIELD',
          'addresses[3].address': 'INVALID_VALUE',
          'addresses[4]': 'INVALID_TYPE',
          'addresses[5].address': 'VALUE_TOO_LONG',
        },
      );
      expect(await countRows('contacts')).toBe(0);
    });

    it.each<[string, object, Record<string, string>]>([
      ['addresses that are no list', { addresses: {} }, { addresses: 'INVALID_TYPE' }],
      ['an address that is null', { addresses: [null] }, { 'addresses[0]': 'REQUIRED_FIELD' }],
      ['custom fields that are a list', { customFields: [] }, { customFields: 'INVALID_TYPE' }],
      ['custom fields that are text', { customFields: 'x' }, { customFields: 'INVALID_TYPE' }],
      ['an empty custom field key', { customFields: { '': 1 } }, { customFields: 'INVALID_VALUE' }],
      ['a date before the calendar', { createdAt: '0000-01-01' }, { createdAt: 'INVALID_DATE' }],
      ['a date that UTC puts behind it', { createdAt: '9999-12-31T23:59:59-12:00' }, { createdAt: 'INVALID_DATE' }],
      ['a date that UTC puts before it', { createdAt: '0001-01-01T00:00:00+12:00' }, { createdAt: 'INVALID_DATE' }],
      ['a date that is a number', { createdAt: 1566656122 }, { createdAt: 'INVALID_DATE' }],
      ['101 addresses', { addresses: Array(101).fill({ channelType: 'OTHER', address: 'x' }) }, { addresses: 'INVALID_VALUE' }],
    ])('with %s are refused', async (_case, body, faults) => {
      await expectFaults(api.post('/contacts', body), faults);
    });

    it.each(['0001-01-01', '0050-06-07', '1899-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'])('at %s can be read again', async (createdAt) => {
      const { id } = await ok(api.post<ContactDto>('/contacts', { createdAt }));
      const expected = new Date(createdAt).toISOString();
      expect(await ok(api.get(`/contacts/${id}`))).toMatchObject({ createdAt: expected });
      expect((await ok(api.get<ContactPageDto>('/contacts'))).items[0]).toMatchObject({ createdAt: expected });
    });

    it('for a user who is not there, or not theirs, are refused', async () => {
      const { theirs } = await twoTenants(running.app);
      const stranger = await aUser(theirs.api);
      for (const userId of [999_999, stranger.id]) await expectError(api.post('/contacts', { userId }), 404, 'USER_NOT_FOUND');
      expect(await countRows('contacts')).toBe(0);
    });

    it('ignore what they cannot set', async () => {
      const contact = await ok(api.post<ContactDto>('/contacts', { id: 77, firstName: 'Ana', archivedAt: '2026-01-01', eventSequence: 9, nobody: 1, updatedAt: 'x' }));
      expect(contact.id).not.toBe(77);
      expect(contact.archivedAt).toBeNull();
    });
  });

  describe('deleted', () => {
    it('are answered as they were, and leave nothing', async () => {
      const contact = await aContact(api, { email: anEmail(), customFields: { a: 1 } });
      expect(await ok(api.delete(`/contacts/${contact.id}`))).toEqual(contact);
      await expectError(api.get(`/contacts/${contact.id}`), 404, 'CONTACT_NOT_FOUND');
      await expectError(api.delete(`/contacts/${contact.id}`), 404, 'CONTACT_NOT_FOUND');
      expect([await countRows('contacts'), await countRows('contact_addresses')]).toEqual([0, 0]);
    });

    it('free their addresses for another', async () => {
      const { id, addresses } = await aContact(api);
      await expectError(api.post('/contacts', { addresses }), 409, 'ADDRESS_ALREADY_EXISTS');
      await ok(api.delete(`/contacts/${id}`));
      await aContact(api, { addresses });
    });

    it('are deleted once by 10 at a time', async () => {
      const { id } = await aContact(api);
      const statuses = (await Promise.all(Array.from({ length: 10 }, () => api.delete(`/contacts/${id}`)))).map(({ status }) => status);
      expect(statuses.sort()).toEqual([200, ...Array<number>(9).fill(404)]);
    });
  });

  describe('archived', () => {
    const archive = (id: number) => ok(api.post<ContactDto>(`/contacts/${id}/archive`));
    const unarchive = (id: number) => ok(api.post<ContactDto>(`/contacts/${id}/unarchive`));
    const sequenceOf = async (id: number) => (await sql<{ n: number }>('SELECT event_sequence AS n FROM contacts WHERE id = $1', [id]))[0]?.n;

    it('are left out of lists, and come back', async () => {
      const [one, other] = [await aContact(api), await aContact(api)];
      const archived = await archive(one.id);
      expect(archived).toEqual({ ...one, archivedAt: expect.any(String), updatedAt: expect.any(String) });
      expect((await ok(api.get<ContactPageDto>('/contacts'))).items.map(({ id }) => id)).toEqual([other.id]);
      expect(await ok(api.get('/contacts', { includeArchived: true }))).toMatchObject({ totalCount: 2 });
      expect(await ok(api.get(`/contacts/${one.id}`))).toEqual(archived);
      expect(await unarchive(one.id)).toMatchObject({ archivedAt: null });
      expect(await ok(api.get('/contacts'))).toMatchObject({ totalCount: 2 });
    });

    it('twice change nothing the second time', async () => {
      const { id } = await aContact(api);
      const first = await archive(id);
      expect(await archive(id)).toEqual(first);
      expect(await sequenceOf(id)).toBe(2);
    });

    it('keep their addresses to themselves', async () => {
      const { id, addresses } = await aContact(api);
      await archive(id);
      expect(await expectError(api.post('/contacts', { addresses }), 409, 'ADDRESS_ALREADY_EXISTS')).toMatchObject({ contactId: id });
    });

    it('that are not there are 404', async () => {
      for (const verb of ['archive', 'unarchive']) await expectError(api.post(`/contacts/999999/${verb}`), 404, 'CONTACT_NOT_FOUND');
    });
  });

  it('are counted exactly, whatever is written at the same time', async () => {
    const total = async (query = {}) => (await ok(api.get<ContactPageDto>('/contacts', { pageSize: 1, ...query }))).totalCount;
    const made = await Promise.all(Array.from({ length: 30 }, () => aContact(api)));
    expect(await total()).toBe(30);
    await Promise.all(
      made.map(async ({ id }, at) => {
        if (at < 10) await ok(api.delete(`/contacts/${id}`));
        else if (at < 20) await ok(api.post(`/contacts/${id}/archive`));
        else if (at < 25) await aContact(api);
      }),
    );
    for (const { id } of made.slice(0, 3)) await expectError(api.delete(`/contacts/${id}`), 404, 'CONTACT_NOT_FOUND');
    await ok(api.delete(`/contacts/${made[15]?.id}`)); // an archived one
    expect(await total()).toBe(15);
    expect(await total({ includeArchived: true })).toBe(24);
    expect(await total({ filterBy: 'lastName:Pérez' })).toBe(15);
    for (const { id } of made.slice(10, 15)) await ok(api.post(`/contacts/${id}/unarchive`));
    expect(await total()).toBe(20);
    expect(await countRows('contacts', 'archived_at IS NULL')).toBe(20);
  });
});
