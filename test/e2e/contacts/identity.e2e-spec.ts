import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact, aPhone, anEmail } from '../../factories/contacts';
import { type TestTenant, aTenant, twoTenants } from '../../factories/tenants';
import { expectError, ok } from '../../support/answers';
import type { ApiClient } from '../../support/api-client';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

type Sent = { channelType: string; address: string };
const phone = (address: string): Sent => ({ channelType: 'PHONE', address });
const whatsApp = (address: string): Sent => ({ channelType: 'WHATSAPP', address });
const email = (address: string): Sent => ({ channelType: 'EMAIL', address });

describe('an identity', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let api: ApiClient;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    api = tenant.api;
  });

  const held = async () => (await sql<{ identity: string }>('SELECT identity FROM contact_addresses WHERE identity IS NOT NULL ORDER BY identity')).map(({ identity }) => identity);

  it.each(['PHONE', 'SMS', 'WHATSAPP', 'phone'])('of one number on %s is the number’s', async (channelType) => {
    const { id } = await aContact(api, { addresses: [phone('+56912345678')] });
    const details = await expectError(api.post('/contacts', { addresses: [{ channelType, address: '+56 9 1234 5678' }] }), 409, 'ADDRESS_ALREADY_EXISTS');
    expect(details).toMatchObject({ contactId: id, address: '+56912345678' });
    expect(await countRows('contacts')).toBe(1);
  });

  it('of an email has no case', async () => {
    const { id } = await aContact(api, { addresses: [email('ana@example.com')] });
    expect(await expectError(api.post('/contacts', { email: 'ANA@EXAMPLE.COM' }), 409, 'ADDRESS_ALREADY_EXISTS')).toMatchObject({ contactId: id });
  });

  it('of a handle belongs to its channel', async () => {
    for (const channelType of ['INSTAGRAM', 'MESSENGER', 'TELEGRAM', 'WEBCHAT', 'OTHER']) await aContact(api, { addresses: [{ channelType, address: 'ana' }] });
    await expectError(api.post('/contacts', { addresses: [{ channelType: 'TELEGRAM', address: 'ana' }] }), 409, 'ADDRESS_ALREADY_EXISTS');
    expect(await countRows('contacts')).toBe(5);
  });

  it('belongs to its tenant', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const addresses = [phone(aPhone())];
    expect((await aContact(mine.api, { addresses })).id).not.toBe((await aContact(theirs.api, { addresses })).id);
  });

  it('on several channels of one contact is held once, and still holds', async () => {
    const number = aPhone();
    const contact = await aContact(api, { addresses: [phone(number), whatsApp(number), { channelType: 'SMS', address: number }] });
    expect(contact.addresses).toHaveLength(3);
    expect(await held()).toEqual([number]);
    for (const channelType of ['PHONE', 'WHATSAPP', 'SMS']) {
      await expectError(api.post('/contacts', { addresses: [{ channelType, address: number }] }), 409, 'ADDRESS_ALREADY_EXISTS');
    }
  });

  it('passes on to the next channel when its holder goes', async () => {
    const number = aPhone();
    const { id } = await aContact(api, { addresses: [phone(number), whatsApp(number)] });
    const updated = await ok(api.put<ContactDto>(`/contacts/${id}`, { addresses: [whatsApp(number)] }));
    expect(updated.addresses).toMatchObject([{ channelType: 'WHATSAPP', address: number }]);
    expect(await held()).toEqual([number]);
    await expectError(api.post('/contacts', { phone: number }), 409, 'ADDRESS_ALREADY_EXISTS');
  });

  it('stays held once when channels are added, reordered and removed', async () => {
    const [one, two] = [aPhone(), aPhone()];
    const { id } = await aContact(api, { addresses: [phone(one)] });
    for (const addresses of [
      [whatsApp(one), phone(one)],
      [phone(two), whatsApp(two), phone(one)],
      [phone(one), phone(two)],
      [whatsApp(two), whatsApp(one)],
    ]) {
      const updated = await ok(api.put<ContactDto>(`/contacts/${id}`, { addresses }));
      const pairs = (list: Sent[]) => list.map(({ channelType, address }) => `${channelType} ${address}`).sort();
      expect(pairs(updated.addresses)).toEqual(pairs(addresses));
      expect(await held()).toEqual([...new Set(addresses.map(({ address }) => address))].sort());
    }
  });

  it('is not taken by an update either', async () => {
    const holder = await aContact(api, { addresses: [phone(aPhone()), email(anEmail())] });
    const other = await aContact(api);
    for (const body of [{ addresses: [whatsApp(holder.phone ?? '')] }, { phone: holder.phone }, { email: holder.email }]) {
      expect(await expectError(api.put(`/contacts/${other.id}`, body), 409, 'ADDRESS_ALREADY_EXISTS')).toMatchObject({ contactId: holder.id });
    }
    expect(await ok(api.get(`/contacts/${other.id}`))).toEqual(other);
  });

  describe('under concurrency', () => {
    it.each([1, 2, 3])('goes to exactly one of 20 creates, as PHONE and as WHATSAPP (%d)', async () => {
      const number = aPhone();
      const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => api.post<ContactDto>('/contacts', { addresses: [at % 2 ? phone(number) : whatsApp(number)] })));
      const created = answers.filter(({ status }) => status === 200);
      expect(created).toHaveLength(1);
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        expect(await expectError(answer, 409, 'ADDRESS_ALREADY_EXISTS')).toMatchObject({ contactId: created[0]?.body.id });
      }
      expect([await countRows('contacts'), await countRows('contact_addresses')]).toEqual([1, 1]);
    });

    it('goes to exactly one of 20 updates', async () => {
      const number = aPhone();
      const contacts = await Promise.all(Array.from({ length: 20 }, () => aContact(api)));
      const answers = await Promise.all(contacts.map(({ id }, at) => api.put(`/contacts/${id}`, { addresses: [at % 2 ? phone(number) : whatsApp(number)] })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(409)]);
      expect(await countRows('contact_addresses', 'address = $1', [number])).toBe(1);
      expect(await countRows('contact_addresses')).toBe(20);
    });

    it('that two contacts swap at the same moment ends with one of them, never with both or a failure', async () => {
      const [one, two] = [await aContact(api), await aContact(api)];
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all([api.put(`/contacts/${one.id}`, { addresses: two.addresses }), api.put(`/contacts/${two.id}`, { addresses: one.addresses })]);
        for (const { status } of answers) expect([200, 409]).toContain(status);
      }
      expect(await countRows('contact_addresses', 'identity IS NOT NULL')).toBe(2);
    });

    it('that comes and goes is either taken or free', async () => {
      const number = aPhone();
      const statuses = new Set<number>();
      const churn = async () => {
        for (let round = 0; round < 40; round++) {
          const answer = await api.post<ContactDto>('/contacts', { addresses: [phone(number)] });
          statuses.add(answer.status);
          if (answer.status === 200) await ok(api.delete(`/contacts/${answer.body.id}`));
        }
      };
      await Promise.all(Array.from({ length: 8 }, churn));
      expect([...statuses].sort()).toEqual([200, 409]);
      expect(await countRows('contacts')).toBe(0);
    });
  });
});
