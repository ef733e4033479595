import type { UserDto, UserPageDto } from '../../../src/modules/accounts/dto/user.dto';
import { type TestTenant, aTenant, twoTenants } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe('users', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });

  it('are created with their phone and email in normal form', async () => {
    const user = await ok(tenant.api.post<UserDto>('/users', { name: ' Ana Pérez ', email: 'Ana@Example.COM', phoneNumber: '55 1234 5678', shoeSize: 38 }));
    expect(user).toEqual({
      id: expect.any(Number),
      tenantId: tenant.id,
      name: 'Ana Pérez',
      email: 'ana@example.com',
      phoneNumber: '+525512345678',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await ok(tenant.api.get(`/users/${user.id}`))).toEqual(user);
    expect(await sql('SELECT name, email, phone_number FROM users WHERE id = $1', [user.id])).toEqual([
      { name: 'Ana Pérez', email: 'ana@example.com', phone_number: '+525512345678' },
    ]);
  });

  it('have a national number by their tenant’s own country', async () => {
    const chile = await aTenant(running.app, { defaultCountry: 'CL' });
    expect(await aUser(chile.api, { phoneNumber: '9 1234 5678' })).toMatchObject({ phoneNumber: '+56912345678' });
  });

  it('are refused with everything that is wrong', async () => {
    await expectFaults(tenant.api.post('/users', { name: 5, email: 'nobody' }), { name: 'INVALID_TYPE', email: 'INVALID_EMAIL' });
    await expectFaults(tenant.api.post('/users', {}), { name: 'REQUIRED_FIELD' });
    await expectFaults(tenant.api.post('/users', { name: '  ', phoneNumber: '123' }), { name: 'REQUIRED_FIELD', phoneNumber: 'INVALID_PHONE' });
    await expectFaults(tenant.api.post('/users', { name: 'x'.repeat(256) }), { name: 'VALUE_TOO_LONG' });
    await expectFaults(tenant.api.post('/users', []), { body: 'INVALID_TYPE' });
    expect(await countRows('users')).toBe(0);
  });

  it('have an email of their own in their tenant, and only there', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    await aUser(mine.api, { email: 'ana@example.com' });
    const other = await aUser(mine.api, { email: 'luz@example.com' });
    await aUser(theirs.api, { email: 'ana@example.com' });
    await expectError(mine.api.post('/users', { name: 'x', email: 'ANA@example.com' }), 409, 'USER_EMAIL_TAKEN');
    await expectError(mine.api.put(`/users/${other.id}`, { email: 'ana@example.com' }), 409, 'USER_EMAIL_TAKEN');
    expect(await ok(mine.api.get(`/users/${other.id}`))).toMatchObject({ email: 'luz@example.com' });
  });

  it('change in the fields given, and in no other', async () => {
    const user = await aUser(tenant.api, { email: 'luz@example.com', phoneNumber: '+525512345678' });
    const renamed = await ok(tenant.api.put<UserDto>(`/users/${user.id}`, { name: 'Luz R.' }));
    expect(renamed).toEqual({ ...user, name: 'Luz R.', updatedAt: expect.any(String) });
    expect(await ok(tenant.api.put(`/users/${user.id}`, { phoneNumber: null }))).toMatchObject({ phoneNumber: null, email: 'luz@example.com' });
    expect(await ok(tenant.api.put(`/users/${user.id}`, {}))).toMatchObject({ name: 'Luz R.' });
    await expectFaults(tenant.api.put(`/users/${user.id}`, { name: null }), { name: 'REQUIRED_FIELD' });
  });

  it('may be sent back as they were read; another id or tenant may not', async () => {
    const user = await aUser(tenant.api, { email: 'luz@example.com' });
    expect(await ok(tenant.api.put<UserDto>(`/users/${user.id}`, user))).toEqual({ ...user, updatedAt: expect.any(String) });
    await expectFaults(tenant.api.put(`/users/${user.id}`, { ...user, id: user.id + 1 }), { id: 'INVALID_VALUE' });
    await expectError(tenant.api.put(`/users/${user.id}`, { ...user, tenantId: '0' }), 403, 'OTHER_TENANT');
  });

  it('are listed, filtered, searched and sorted', async () => {
    for (const name of ['Zoé', 'Ana', 'Luz']) await aUser(tenant.api, { name, email: `${name[0]}@example.com` });
    const names = async (query: Record<string, string>) => (await ok(tenant.api.get<UserPageDto>('/users', query))).items.map(({ name }) => name);
    expect(await names({ sortBy: 'name=asc' })).toEqual(['Ana', 'Luz', 'Zoé']);
    expect(await names({ searchBy: 'ZOE' })).toEqual(['Zoé']);
    expect(await names({ filterBy: 'email:l@example.com' })).toEqual(['Luz']);
    await expectFaults(tenant.api.get('/users', { sortBy: 'shoeSize=asc' }), { sortBy: 'UNKNOWN_FIELD' });
  });

  it('that do not exist are 404', async () => {
    await expectError(tenant.api.get('/users/999999'), 404, 'USER_NOT_FOUND');
    await expectError(tenant.api.put('/users/999999', { name: 'x' }), 404, 'USER_NOT_FOUND');
  });
});
