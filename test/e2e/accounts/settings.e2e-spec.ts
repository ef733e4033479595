import type { SettingsDto } from '../../../src/modules/accounts/dto/settings.dto';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import { type TestTenant, aClientWith, aTenant } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { sql } from '../../support/database';
import { TestApp, useTestApp } from '../../support/test-app';
import { until } from '../../support/until';

describe('settings', () => {
  const running = useTestApp({ DEFAULT_COUNTRY: 'MX' });
  let tenant: TestTenant;
  const read = (of = tenant) => ok(of.api.get<SettingsDto>('/settings'));
  const put = (body: Record<string, unknown>) => ok(tenant.api.put<SettingsDto>('/settings', body));
  beforeEach(async () => {
    tenant = await aTenant(running.app, { name: 'acme' });
  });

  it('of a tenant that has said nothing are those of the server and of its country', async () => {
    expect(await read()).toEqual({ name: 'acme', country: 'MX', timezone: 'America/Mexico_City', agentPhone: null });
    expect(await read(await aTenant(running.app, { name: 'chile', defaultCountry: 'CL' }))).toMatchObject({ country: 'CL', timezone: 'America/Santiago' });
  });

  it('change where they are given, and only there; null leaves them open again', async () => {
    const all = { name: 'ACME SA', country: 'PE', timezone: 'America/Lima', agentPhone: '+51912345678' };
    expect(await put({ name: ' ACME SA ', country: 'pe', agentPhone: '912 345 678' })).toEqual(all);
    expect(await put({})).toEqual(all);
    expect(await put({ timezone: 'europe/madrid' })).toEqual({ ...all, timezone: 'Europe/Madrid' });
    expect(await put({ country: 'CL' })).toEqual({ ...all, country: 'CL', timezone: 'Europe/Madrid' });
    expect(await put({ timezone: null, agentPhone: null })).toEqual({ ...all, country: 'CL', timezone: 'America/Santiago', agentPhone: null });
    expect(await put({ country: null })).toEqual({ ...all, country: 'MX', timezone: 'America/Mexico_City', agentPhone: null });
    expect(await read()).toEqual(await put(await read() as unknown as Record<string, unknown>));
    expect(await sql('SELECT name, default_country FROM tenants')).toEqual([{ name: 'ACME SA', default_country: 'MX' }]);
  });

  it('are read by whatever comes after, under keys that were used before', async () => {
    const phone = async (address: string) => (await ok(tenant.api.post<ContactDto>('/contacts', { addresses: [{ channelType: 'PHONE', address }] }))).phone;
    expect(await phone('55 1234 5678')).toBe('+525512345678');
    await put({ country: 'CL' });
    expect(await phone('9 1234 5678')).toBe('+56912345678');
  });

  it('are known to other processes at once', async () => {
    const other = await TestApp.start();
    try {
      const elsewhere = other.client(tenant.key);
      const country = async () => (await ok(elsewhere.get<SettingsDto>('/settings'))).country;
      expect(await country()).toBe('MX');
      await put({ country: 'CL' });
      await until(async () => (await country()) === 'CL', 5);
    } finally {
      await other.close();
    }
  });

  it('say what is wrong, all of it, and change nothing', async () => {
    await expectFaults(tenant.api.put('/settings', { name: ' ', country: 'ZZ', timezone: 'America/Atlantis', agentPhone: 'x' }), {
      name: 'REQUIRED_FIELD',
      country: 'INVALID_VALUE',
      timezone: 'INVALID_VALUE',
      agentPhone: 'INVALID_PHONE',
    });
    for (const value of [7, true, [], {}]) {
      await expectFaults(tenant.api.put('/settings', { name: value, country: value, timezone: value, agentPhone: value }), {
        name: 'INVALID_TYPE',
        country: 'INVALID_TYPE',
        timezone: 'INVALID_TYPE',
        agentPhone: 'INVALID_TYPE',
      });
    }
    for (const [field, values] of Object.entries({ country: ['', 'M', 'MEX', 'Mexico'], timezone: ['', '+05:00', 'x'.repeat(101)], agentPhone: ['', '123'] })) {
      for (const value of values) await expectError(tenant.api.put('/settings', { [field]: value }), 400, 'VALIDATION_FAILED');
    }
    await expectFaults(tenant.api.put('/settings', { name: null }), { name: 'REQUIRED_FIELD' });
    expect(await read()).toMatchObject({ name: 'acme', country: 'MX' });
  });

  it('are for admins, of their own tenant, whose name is its own', async () => {
    const other = await aTenant(running.app, { name: 'other' });
    const agent = await aClientWith(running.app, tenant, ['users:read', 'users:write']);
    await expectError(agent.get('/settings'), 403, 'MISSING_SCOPE');
    await expectError(agent.put('/settings', { name: 'x' }), 403, 'MISSING_SCOPE');
    await expectError(tenant.api.put('/settings', { name: 'other' }), 409, 'TENANT_NAME_TAKEN');
    await put({ country: 'CL' });
    expect(await read(other)).toMatchObject({ name: 'other', country: 'MX' });
  });
});
