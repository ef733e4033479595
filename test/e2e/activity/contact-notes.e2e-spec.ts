import type { ContactNoteDto } from '../../../src/modules/contacts/dto/contact-note.dto';
import { aContact } from '../../factories/contacts';
import { type TestTenant, aTenant } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe('notes on a contact', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let path: string;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    path = `/contacts/${(await aContact(tenant.api)).id}/notes`;
  });
  const write = (body: object) => tenant.api.post<ContactNoteDto>(path, body);

  it('are written, found, changed and deleted', async () => {
    const user = await aUser(tenant.api);
    const first = await ok(write({ text: 'Prefiere la mañana' }));
    expect(first).toEqual({ id: expect.any(Number), tenantId: tenant.id, contactId: expect.any(Number), userId: null, text: 'Prefiere la mañana', createdAt: expect.any(String), updatedAt: expect.any(String) });
    const second = await ok(write({ text: 'Llamar a Luis', userId: user.id }));
    const texts = async (query = {}) => (await ok(tenant.api.get<{ items: ContactNoteDto[] }>(path, query))).items.map(({ text }) => text);
    expect(await texts()).toEqual(['Llamar a Luis', 'Prefiere la mañana']);
    expect(await texts({ searchBy: 'MANANA' })).toEqual(['Prefiere la mañana']);
    expect(await texts({ filterBy: `userId:${user.id}` })).toEqual(['Llamar a Luis']);
    expect(await ok(tenant.api.put(`${path}/${second.id}`, { text: 'Hecho' }))).toMatchObject({ text: 'Hecho', userId: user.id });
    expect(await ok(tenant.api.delete(`${path}/${first.id}`))).toEqual(first);
    expect(await texts()).toEqual(['Hecho']);
  });

  it('are by the user of the key, where nobody else is named', async () => {
    const user = await aUser(tenant.api);
    const { key } = await ok(tenant.api.post<{ key: string }>('/api-keys', { name: 'x', userId: user.id, scopes: ['activity:write'] }));
    expect(await ok(running.app.client(key).post(path, { text: 'x' }))).toMatchObject({ userId: user.id });
  });

  it('go with their contact', async () => {
    await ok(write({ text: 'x' }));
    await ok(tenant.api.delete(path.replace('/notes', '')));
    expect(await countRows('contact_notes')).toBe(0);
  });

  it('say what is wrong', async () => {
    await expectFaults(write({}), { text: 'REQUIRED_FIELD' });
    await expectFaults(write({ text: '' }), { text: 'INVALID_VALUE' });
    await expectFaults(write({ text: 'x'.repeat(10_001) }), { text: 'VALUE_TOO_LONG' });
    await expectError(write({ text: 'x', userId: 999 }), 404, 'USER_NOT_FOUND');
    await expectError(tenant.api.post('/contacts/999/notes', { text: 'x' }), 404, 'CONTACT_NOT_FOUND');
    await expectError(tenant.api.get('/contacts/999/notes'), 404, 'CONTACT_NOT_FOUND');
    await expectError(tenant.api.put(`${path}/999`, { text: 'x' }), 404, 'NOTE_NOT_FOUND');
    const { id } = await ok(write({ text: 'x' }));
    const other = await aContact(tenant.api);
    await expectError(tenant.api.delete(`/contacts/${other.id}/notes/${id}`), 404, 'NOTE_NOT_FOUND');
    await expectFaults(tenant.api.put(`${path}/${id}`, { text: null }), { text: expect.any(String) as string });
  });
});
