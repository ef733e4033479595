import { DataSource } from 'typeorm';
import { PhoneNumbersApi } from '../../../src/modules/connections';
import type { PhoneNumberDto, PhoneNumberPageDto } from '../../../src/modules/connections/dto/phone-number.dto';
import { aPhoneNumber } from '../../factories/connections';
import { type TestTenant, aClientWith, aContext, aTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe('phone numbers', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });
  const defaults = async () => (await sql<{ number: string }>('SELECT number FROM phone_numbers WHERE is_default ORDER BY id')).map(({ number }) => number);

  it('are added in their normal form', async () => {
    const number = await ok(tenant.api.post<PhoneNumberDto>('/phone-numbers', { number: ' 55 1234 5678 ', provider: 'vapi', providerId: '3701f662' }));
    expect(number).toEqual({
      id: expect.any(Number),
      tenantId: tenant.id,
      number: '+525512345678',
      provider: 'vapi',
      providerId: '3701f662',
      capabilities: ['call'],
      isDefault: true,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await ok(tenant.api.get(`/phone-numbers/${number.id}`))).toEqual(number);
    expect(await ok(aPhoneNumber(tenant.api, { provider: 'whatsapp' }).then((made) => tenant.api.get(`/phone-numbers/${made.id}`)))).toMatchObject({ capabilities: ['whatsapp'] });
  });

  it("may be the documents' own sample", async () => {
    expect(await aPhoneNumber(tenant.api, { number: '+1234567890' })).toMatchObject({ number: '+1234567890' });
  });

  it('are refused with everything that is wrong', async () => {
    await expectFaults(tenant.api.post('/phone-numbers', {}), { number: 'REQUIRED_FIELD', provider: 'REQUIRED_FIELD' });
    await expectFaults(tenant.api.post('/phone-numbers', { number: '12', provider: 'skype', providerId: 5, capabilities: ['fly'], isDefault: 'perhaps' }), {
      number: 'INVALID_PHONE',
      provider: 'INVALID_VALUE',
      providerId: 'INVALID_TYPE',
      capabilities: 'INVALID_VALUE',
      isDefault: 'INVALID_TYPE',
    });
    await expectFaults(tenant.api.post('/phone-numbers', { number: '+525512345678', provider: 'vapi', capabilities: ['call', 'call'] }), { capabilities: 'INVALID_VALUE' });
    expect(await countRows('phone_numbers')).toBe(0);
  });

  it('are there once at each provider', async () => {
    const number = await aPhoneNumber(tenant.api, { number: '+525512345678' });
    const other = await aPhoneNumber(tenant.api);
    await aPhoneNumber(tenant.api, { number: '+525512345678', provider: 'twilio' });
    await aPhoneNumber((await aTenant(running.app)).api, { number: '+525512345678' });
    await expectError(tenant.api.post('/phone-numbers', { number: '55 1234 5678', provider: 'vapi' }), 409, 'PHONE_NUMBER_TAKEN');
    await expectError(tenant.api.put(`/phone-numbers/${other.id}`, { number: number.number }), 409, 'PHONE_NUMBER_TAKEN');
    expect(await ok(tenant.api.get(`/phone-numbers/${other.id}`))).toEqual(other);
  });

  it('have one default of each provider, at first the first', async () => {
    const first = await aPhoneNumber(tenant.api);
    const second = await aPhoneNumber(tenant.api);
    const twilio = await aPhoneNumber(tenant.api, { provider: 'twilio' });
    expect([first.isDefault, second.isDefault, twilio.isDefault]).toEqual([true, false, true]);
    const third = await aPhoneNumber(tenant.api, { isDefault: true });
    expect(await defaults()).toEqual([twilio.number, third.number]);
    expect(await ok(tenant.api.put(`/phone-numbers/${second.id}`, { isDefault: true }))).toMatchObject({ isDefault: true });
    expect(await defaults()).toEqual([second.number, twilio.number]);
    await ok(tenant.api.put(`/phone-numbers/${second.id}`, { isDefault: false }));
    expect(await defaults()).toEqual([twilio.number]);
  });

  it('have one default, too, where many are added at once', async () => {
    await Promise.all(Array.from({ length: 10 }, (_, at) => aPhoneNumber(tenant.api, { isDefault: at % 2 === 0 ? true : undefined })));
    expect([await countRows('phone_numbers'), (await defaults()).length]).toEqual([10, 1]);
  });

  it('change in the fields given, but not from one provider to another', async () => {
    const number = await aPhoneNumber(tenant.api, { providerId: 'old', capabilities: ['call', 'sms'] });
    expect(await ok(tenant.api.put(`/phone-numbers/${number.id}`, { providerId: 'new' }))).toEqual({ ...number, providerId: 'new', updatedAt: expect.any(String) });
    expect(await ok(tenant.api.put(`/phone-numbers/${number.id}`, { number: '55 8765 4321', capabilities: [], providerId: null }))).toMatchObject({
      number: '+525587654321',
      capabilities: [],
      providerId: null,
    });
    expect(await ok(tenant.api.put(`/phone-numbers/${number.id}`, number))).toEqual({ ...number, updatedAt: expect.any(String) });
    await expectFaults(tenant.api.put(`/phone-numbers/${number.id}`, { provider: 'twilio', number: 'x' }), { provider: 'INVALID_VALUE', number: 'INVALID_PHONE' });
    await expectFaults(tenant.api.put(`/phone-numbers/${number.id}`, { ...number, id: number.id + 1 }), { id: 'INVALID_VALUE' });
    await expectFaults(tenant.api.put(`/phone-numbers/${number.id}`, { number: null }), { number: 'REQUIRED_FIELD' });
  });

  it('are deleted, and answered as they were', async () => {
    const number = await aPhoneNumber(tenant.api);
    expect(await ok(tenant.api.delete(`/phone-numbers/${number.id}`))).toEqual(number);
    await expectError(tenant.api.get(`/phone-numbers/${number.id}`), 404, 'PHONE_NUMBER_NOT_FOUND');
    await expectError(tenant.api.put(`/phone-numbers/${number.id}`, {}), 404, 'PHONE_NUMBER_NOT_FOUND');
    await expectError(tenant.api.delete(`/phone-numbers/${number.id}`), 404, 'PHONE_NUMBER_NOT_FOUND');
  });

  it('are listed and filtered', async () => {
    await aPhoneNumber(tenant.api);
    const twilio = await aPhoneNumber(tenant.api, { provider: 'twilio' });
    expect(await ok(tenant.api.get<PhoneNumberPageDto>('/phone-numbers', { filterBy: 'provider:twilio;isDefault:true' }))).toEqual({ items: [twilio], totalCount: 1 });
    expect(await ok(tenant.api.get('/phone-numbers', { searchBy: twilio.number.slice(4) }))).toMatchObject({ totalCount: 1 });
  });

  it('need their own scope', async () => {
    const reader = await aClientWith(running.app, tenant, ['phone-numbers:read']);
    await ok(reader.get('/phone-numbers'));
    await expectError(reader.post('/phone-numbers', { number: '+525512345678', provider: 'vapi' }), 403, 'MISSING_SCOPE');
  });

  it('are found for a call: the one that is asked for, else the default, else the oldest', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const [api, em] = [running.app.nest.get(PhoneNumbersApi), running.app.nest.get(DataSource).manager];
    const ask = (wanted: { id?: number; number?: string }, provider: 'vapi' | 'twilio' = 'vapi') => api.callerFor(em, aContext(mine), provider, wanted);
    const theirNumber = await aPhoneNumber(theirs.api);
    expect(await ask({})).toBeUndefined();
    const oldest = await aPhoneNumber(mine.api, { isDefault: false });
    const other = await aPhoneNumber(mine.api, { providerId: 'at-vapi' });
    expect(await ask({})).toEqual({ id: oldest.id, number: oldest.number, providerId: null });
    await ok(mine.api.put(`/phone-numbers/${other.id}`, { isDefault: true }));
    expect(await ask({})).toEqual({ id: other.id, number: other.number, providerId: 'at-vapi' });
    expect(await ask({ number: oldest.number })).toMatchObject({ id: oldest.id });
    expect(await ask({ id: oldest.id })).toMatchObject({ id: oldest.id });
    for (const unknown of [{ id: theirNumber.id }, { number: theirNumber.number }]) expect(await ask(unknown)).toBeUndefined();
    expect(await ask({ id: oldest.id }, 'twilio')).toBeUndefined();
  });
});
