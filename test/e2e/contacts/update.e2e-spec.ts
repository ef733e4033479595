import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import type { ContactDocumentPageDto } from '../../../src/modules/contacts/dto/search-contacts.dto';
import { aContact, aPhone, anEmail } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { type TestTenant, aTenant, twoTenants } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import type { ApiClient } from '../../support/api-client';
import { countRows, sql, statementsOf } from '../../support/database';
import { useTestApp } from '../../support/test-app';

const LATER = expect.any(String) as string;

describe('updating a contact', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let api: ApiClient;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    api = tenant.api;
  });

  const put = (id: number, body: unknown) => ok(api.put<ContactDto>(`/contacts/${id}`, body));
  const addressesOf = ({ addresses }: ContactDto) => addresses.map(({ channelType, address }) => `${channelType} ${address}`);

  it('by the documents’ own example changes what it names', async () => {
    const contact = await aContact(api, { customFields: { source: 'web', priority: 'low' } });
    const updated = await ok(api.send<ContactDto>('PUT', `/contacts/${contact.id}`, { raw: '{ "firstName": "Janet", "customFields": { "priority": "high" } }' }));
    expect(updated).toEqual({ ...contact, firstName: 'Janet', customFields: { source: 'web', priority: 'high' }, updatedAt: LATER });
    expect(updated.updatedAt > contact.updatedAt).toBe(true);
    expect(await ok(api.get(`/contacts/${contact.id}`))).toEqual(updated);
    expect(await sql('SELECT first_name, event_sequence FROM contacts WHERE id = $1', [contact.id])).toEqual([{ first_name: 'Janet', event_sequence: 2 }]);
  });

  it('with nothing changes nothing', async () => {
    const contact = await aContact(api, { email: anEmail(), metadata: { a: 1 } });
    expect(await put(contact.id, {})).toEqual({ ...contact, updatedAt: LATER });
  });

  it('with what was read changes nothing', async () => {
    const user = await aUser(api);
    const number = aPhone();
    const contact = await aContact(api, {
      userId: user.id,
      nationalId: 'X1',
      companyPosition: 'CEO',
      metadata: [1],
      customFields: { a: 1 },
      createdAt: '2019-08-24T14:15:22Z',
      addresses: [
        { channelType: 'PHONE', address: number },
        { channelType: 'WHATSAPP', address: number },
        { channelType: 'PHONE', address: aPhone() },
        { channelType: 'EMAIL', address: anEmail() },
        { channelType: 'WHATSAPP', address: 'MX.1234567890' },
        { channelType: 'OTHER', address: 'x' },
      ],
    });
    for (let time = 0; time < 2; time++) expect(await put(contact.id, contact)).toEqual({ ...contact, updatedAt: LATER });
    const [document] = (await ok(api.post<ContactDocumentPageDto>('/contacts/search', {}))).items;
    expect(document?.eventSequence).toBe(3);
  });

  it('with a document that a search found changes nothing but its ids', async () => {
    const contact = await aContact(api);
    const { items } = await ok(api.post<ContactDocumentPageDto>('/contacts/search', {}));
    expect(await put(contact.id, { ...items[0], id: contact.id })).toEqual({ ...contact, updatedAt: LATER });
  });

  it('takes no other id and no other tenant', async () => {
    const { theirs } = await twoTenants(running.app);
    const contact = await aContact(api);
    for (const id of [contact.id + 1, 0.1, 'x', {}]) await expectFaults(api.put(`/contacts/${contact.id}`, { id, firstName: 'Luz' }), { id: 'INVALID_VALUE' });
    await expectError(api.put(`/contacts/${contact.id}`, { tenantId: theirs.id, firstName: 'Luz' }), 403, 'OTHER_TENANT');
    await put(contact.id, { id: contact.id, tenantId: tenant.id });
    expect(await put(contact.id, { createdAt: '2001-01-01T00:00:00Z', updatedAt: '2001-01-01T00:00:00Z' })).toEqual({ ...contact, updatedAt: LATER });
    expect(await countRows('contacts', `updated_at < '2002-01-01'`)).toBe(0);
  });

  it('of who is not there is 404', async () => {
    await expectError(api.put('/contacts/999999', { firstName: 'x' }), 404, 'CONTACT_NOT_FOUND');
  });

  it('with a fault changes nothing at all', async () => {
    const contact = await aContact(api);
    await expectFaults(api.put(`/contacts/${contact.id}`, { firstName: 'Luz', addresses: [{ channelType: 'PHONE', address: '1' }] }), { 'addresses[0].address': 'INVALID_PHONE' });
    await expectError(api.put(`/contacts/${contact.id}`, { firstName: 'Luz', userId: 999_999 }), 404, 'USER_NOT_FOUND');
    expect(await ok(api.get(`/contacts/${contact.id}`))).toEqual(contact);
  });

  it('clears what is given as null', async () => {
    const contact = await aContact(api, { nationalId: 'X1', companyPosition: 'CEO', metadata: { a: 1 }, userId: (await aUser(api)).id, contactCompanyId: 3 });
    const cleared = { firstName: null, lastName: null, nationalId: null, companyPosition: null, metadata: null, userId: null, contactCompanyId: null };
    expect(await put(contact.id, cleared)).toEqual({ ...contact, ...cleared, updatedAt: LATER });
  });

  describe('addresses', () => {
    it('replaces the set where they are given, keeping what stays', async () => {
      const contact = await aContact(api, {
        addresses: [
          { channelType: 'PHONE', address: aPhone() },
          { channelType: 'EMAIL', address: anEmail() },
        ],
      });
      const [phone] = contact.addresses;
      const wanted = [
        { channelType: 'TELEGRAM', address: 'ana' },
        { channelType: 'phone', address: phone?.address },
      ];
      const updated = await put(contact.id, { addresses: wanted });
      expect(addressesOf(updated).sort()).toEqual([`PHONE ${phone?.address}`, 'TELEGRAM ana']);
      expect(updated.addresses).toContainEqual(phone);
      expect(updated.email).toBeNull();
      expect(await countRows('contact_addresses')).toBe(2);
    });

    it('removes all where the set is empty, and none where it is absent', async () => {
      const contact = await aContact(api);
      expect((await put(contact.id, { firstName: 'Luz' })).addresses).toEqual(contact.addresses);
      expect((await put(contact.id, { addresses: [] })).addresses).toEqual([]);
      expect(await countRows('contact_addresses')).toBe(0);
    });

    it('by the legacy phone and email writes the first of their channel', async () => {
      const [first, second, next] = [aPhone(), aPhone(), aPhone()];
      const contact = await aContact(api, {
        addresses: [
          { channelType: 'PHONE', address: first },
          { channelType: 'PHONE', address: second },
        ],
      });
      const changed = await put(contact.id, { phone: next });
      expect(addressesOf(changed)).toEqual([`PHONE ${next}`, `PHONE ${second}`]);
      expect(changed.phone).toBe(next);
      const withEmail = await put(contact.id, { email: 'ANA@example.com' });
      expect(withEmail).toMatchObject({ email: 'ana@example.com', phone: next });
      expect(addressesOf(await put(contact.id, { phone: null }))).toEqual([`PHONE ${second}`, 'EMAIL ana@example.com']);
      expect(addressesOf(await put(contact.id, { email: '' }))).toEqual([`PHONE ${second}`]);
      expect(addressesOf(await put(contact.id, { phone: second }))).toEqual([`PHONE ${second}`]);
    });

    it('by the legacy phone that is a later one of the contact’s own makes it the first', async () => {
      const [first, second] = [aPhone(), aPhone()];
      const contact = await aContact(api, {
        addresses: [
          { channelType: 'PHONE', address: first },
          { channelType: 'PHONE', address: second },
        ],
      });
      expect(await put(contact.id, { phone: second })).toMatchObject({ phone: second });
    });

    it('beside the legacy field: it counts only where it was changed', async () => {
      const contact = await aContact(api);
      const next = aPhone();
      const stale = await put(contact.id, { phone: contact.phone, addresses: [{ channelType: 'PHONE', address: next }] });
      expect(addressesOf(stale)).toEqual([`PHONE ${next}`]);
      const last = aPhone();
      expect(await put(contact.id, { ...stale, phone: last })).toMatchObject({ phone: last });
    });

    it('says which is wrong', async () => {
      const { id } = await aContact(api);
      await expectFaults(api.put(`/contacts/${id}`, { phone: '1', email: 'x', addresses: [{ channelType: 'X', address: 'x' }] }), {
        phone: 'INVALID_PHONE',
        email: 'INVALID_EMAIL',
        'addresses[0].channelType': 'INVALID_VALUE',
      });
    });
  });

  describe('custom fields', () => {
    it('merges by key; null removes one', async () => {
      const { id } = await aContact(api, { customFields: { a: 1, b: 'two', c: [3] } });
      expect((await put(id, { customFields: { b: null, d: true, nobody: null } })).customFields).toEqual({ a: 1, c: [3], d: true });
      expect((await put(id, { customFields: {} })).customFields).toEqual({ a: 1, c: [3], d: true });
      expect((await put(id, { customFields: null })).customFields).toEqual({ a: 1, c: [3], d: true });
    });

    it('checks those that are defined', async () => {
      await aCustomField(api, { fieldKey: 'seats', fieldType: 'NUMBER' });
      const { id } = await aContact(api, { customFields: { seats: 3 } });
      await expectFaults(api.put(`/contacts/${id}`, { customFields: { seats: 'x', other: 'y' } }), { 'customFields.seats': 'INVALID_CUSTOM_FIELD_VALUE' });
      expect((await put(id, { customFields: { seats: null } })).customFields).toEqual({});
    });

    it('lets pass what was read, although its definition has come or its option has gone since', async () => {
      const plan = await aCustomField(api, { fieldKey: 'plan', options: ['gold', 'silver'] });
      const contact = await aContact(api, { customFields: { plan: 'gold', seats: 'three' } });
      await ok(api.delete(`/custom-fields/definitions/${plan.id}/options/${plan.options[0]?.id}`));
      await aCustomField(api, { fieldKey: 'seats', fieldType: 'NUMBER' });
      expect(await put(contact.id, contact)).toEqual({ ...contact, updatedAt: LATER });
      await expectFaults(api.put(`/contacts/${contact.id}`, { customFields: { plan: 'lead', seats: 'four' } }), {
        'customFields.plan': 'OPTION_NOT_FOUND',
        'customFields.seats': 'INVALID_CUSTOM_FIELD_VALUE',
      });
    });

    it('by 20 at once loses none of their keys', async () => {
      const { id } = await aContact(api);
      await Promise.all(Array.from({ length: 20 }, (_, at) => put(id, { customFields: { [`key_${at}`]: at } })));
      const { customFields } = await ok(api.get<ContactDto>(`/contacts/${id}`));
      expect(Object.keys(customFields)).toHaveLength(20);
      expect(await sql('SELECT event_sequence FROM contacts')).toEqual([{ event_sequence: 21 }]);
    });
  });

  it('costs a fixed number of statements', async () => {
    const { id } = await aContact(api);
    const addresses = (count: number) => Array.from({ length: count }, () => ({ channelType: 'EMAIL', address: anEmail() }));
    const few = await statementsOf(() => put(id, { addresses: addresses(1) }));
    const many = await statementsOf(() => put(id, { addresses: addresses(50) }));
    expect(many.length).toBeLessThanOrEqual(few.length + 2);
  });

  it('is found by what it is now, and not by what it was', async () => {
    const { id } = await aContact(api, { firstName: 'Zacarías', phone: '+525598765432' });
    await put(id, { firstName: 'Begoña', phone: '+525511112222' });
    const found = async (search: string) => (await ok(api.post<ContactDocumentPageDto>('/contacts/search', { search }))).items.length;
    expect([await found('zacarias'), await found('98765432'), await found('begona'), await found('1111 2222')]).toEqual([0, 0, 1, 1]);
  });
});
