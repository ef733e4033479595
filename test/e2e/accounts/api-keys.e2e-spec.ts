import { createHash } from 'node:crypto';
import type { ApiKeyDto, ApiKeyPageDto, CreatedApiKeyDto } from '../../../src/modules/accounts/dto/api-key.dto';
import { TenantsService } from '../../../src/modules/accounts';
import { aContact } from '../../factories/contacts';
import { type TestTenant, aClientWith, aTenant, twoTenants } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql, statementsOf } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { until } from '../../support/until';

describe('API keys', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });

  const create = (body: object) => ok(tenant.api.post<CreatedApiKeyDto>('/api-keys', body));

  describe('credentials', () => {
    it('are taken as a bearer token or as X-API-Key', async () => {
      const anonymous = running.app.client();
      const ways: Record<string, string>[] = [{ authorization: `Bearer ${tenant.key}` }, { authorization: `bearer  ${tenant.key}` }, { 'x-api-key': tenant.key }];
      for (const headers of ways) await ok(anonymous.send('GET', '/users', { headers }));
    });

    it.each<[string, Record<string, string>]>([
      ['none', {}],
      ['an empty one', { 'x-api-key': '' }],
      ['another scheme', { authorization: 'Basic dTpw' }],
      ['a bearer without a token', { authorization: 'Bearer ' }],
      ['one that nobody has', { authorization: 'Bearer lp_live_0123456789abcdefghijklmnopqrstuv' }],
      ['a text that is none', { 'x-api-key': "' OR 1=1 --" }],
    ])('are refused with 401: %s', async (_case, headers) => {
      await expectError(running.app.client().send('GET', '/contacts', { headers }), 401, 'UNAUTHORIZED');
    });

    it('are refused from the moment that they are revoked', async () => {
      const { key, id } = await create({ name: 'soon gone' });
      const other = running.app.client(key);
      await ok(other.get('/users')); // and is held in memory now
      const revoked = await ok(tenant.api.delete<ApiKeyDto>(`/api-keys/${id}`));
      expect(revoked).toMatchObject({ id, name: 'soon gone' });
      await expectError(other.get('/users'), 401, 'UNAUTHORIZED');
      await expectError(tenant.api.delete(`/api-keys/${id}`), 404, 'API_KEY_NOT_FOUND');
      expect(await countRows('api_keys', 'id = $1 AND revoked_at IS NOT NULL', [id])).toBe(1);
    });

    it('that were revoked in another process are refused as soon as its notice is there', async () => {
      const { key, id } = await create({ name: 'revoked elsewhere' });
      await ok(running.app.client(key).get('/users'));
      const hash = createHash('sha256').update(key).digest('hex');
      await sql('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [id]);
      await sql(`SELECT pg_notify('llamador_changes', $1)`, [`api-key ${hash}`]);
      await until(async () => (await running.app.client(key).get('/users')).status === 401);
    });

    it('are looked up once, and held until they change', async () => {
      await ok(tenant.api.get('/users'));
      const statements = await statementsOf(() => ok(tenant.api.get('/users')));
      expect(statements.filter((text) => text.includes('api_keys'))).toEqual([]);
    });

    it('leave their last use, right to the minute', async () => {
      const before = new Date();
      await ok(tenant.api.get('/users'));
      const used = await until(async () => (await sql<{ at: Date | null }>('SELECT last_used_at AS at FROM api_keys'))[0]?.at);
      expect(used.getTime()).toBeGreaterThanOrEqual(before.getTime() - 1);
      const [key] = (await ok(tenant.api.get<ApiKeyPageDto>('/api-keys'))).items;
      expect(key?.lastUsedAt).toBe(used.toISOString());
    });
  });

  describe('a new key', () => {
    it('is shown once, and only its hash is kept', async () => {
      const { key, ...shown } = await create({ name: 'CRM', scopes: ['contacts:read', 'contacts:write', 'contacts:read'] });
      expect(key).toMatch(/^lp_live_[0-9A-Za-z]{32,}$/);
      expect(shown).toEqual({
        id: expect.any(Number),
        tenantId: tenant.id,
        name: 'CRM',
        prefix: key.slice(0, 12),
        scopes: ['contacts:read', 'contacts:write'],
        mode: 'live',
        userId: null,
        lastUsedAt: null,
        createdAt: expect.any(String),
      });
      const [row] = await sql<{ key_hash: string }>('SELECT * FROM api_keys WHERE id = $1', [shown.id]);
      expect(row?.key_hash).toBe(createHash('sha256').update(key).digest('hex'));
      expect(JSON.stringify(row)).not.toContain(key);
      const listed = await ok(tenant.api.get<ApiKeyPageDto>('/api-keys'));
      expect(listed.items.find(({ id }) => id === shown.id)).toEqual(shown);
      expect(JSON.stringify(listed)).not.toContain(key);
    });

    it('is a test key where asked for, acts for a user, and can do everything unless told otherwise', async () => {
      const user = await aUser(tenant.api);
      const made = await create({ name: 'for Luz', mode: 'test', userId: user.id });
      expect(made).toMatchObject({ mode: 'test', userId: user.id, scopes: ['admin'] });
      expect(made.key).toMatch(/^lp_test_/);
      await ok(running.app.client(made.key).get('/api-keys'));
    });

    it('is refused with what is wrong with it', async () => {
      await expectFaults(tenant.api.post('/api-keys', { mode: 'demo', scopes: 'admin', userId: 0.1 }), {
        name: 'REQUIRED_FIELD',
        mode: 'INVALID_VALUE',
        scopes: 'INVALID_TYPE',
        userId: 'INVALID_TYPE',
      });
      await expectFaults(tenant.api.post('/api-keys', { name: 'x', scopes: [] }), { scopes: 'INVALID_VALUE' });
      const { scope } = await expectError(tenant.api.post('/api-keys', { name: 'x', scopes: ['contacts:read', 'everything'] }), 400, 'UNKNOWN_SCOPE');
      expect(scope).toBe('everything');
      await expectError(tenant.api.post('/api-keys', { name: 'x', userId: 999_999 }), 404, 'USER_NOT_FOUND');
      expect(await countRows('api_keys')).toBe(1);
    });

    it('for another tenant’s user is refused as for none', async () => {
      const { theirs } = await twoTenants(running.app);
      const stranger = await aUser(theirs.api);
      await expectError(tenant.api.post('/api-keys', { name: 'x', userId: stranger.id }), 404, 'USER_NOT_FOUND');
    });
  });

  describe('scopes', () => {
    it.each<[string, string, string, string]>([
      ['GET', '/contacts', 'contacts:write', 'contacts:read'],
      ['POST', '/contacts/search', 'contacts:write', 'contacts:read'],
      ['POST', '/contacts', 'contacts:read', 'contacts:write'],
      ['DELETE', '/contacts/1', 'contacts:read', 'contacts:write'],
      ['GET', '/custom-fields/definitions', 'contacts:read', 'custom-fields:read'],
      ['POST', '/custom-fields/definitions', 'custom-fields:read', 'custom-fields:write'],
      ['PUT', '/users/1', 'users:read', 'users:write'],
      ['GET', '/api-keys', 'users:read', 'admin'],
      ['POST', '/api-keys', 'contacts:write', 'admin'],
    ])('%s %s with %s is 403, and names %s', async (method, path, held, missing) => {
      const api = await aClientWith(running.app, tenant, [held]);
      const { scope } = await expectError(api.send(method as 'GET', path, method === 'GET' ? {} : { body: { name: 'x', firstName: 'x' } }), 403, 'MISSING_SCOPE');
      expect(scope).toBe(missing);
      expect(await countRows('contacts')).toBe(0);
      expect(await countRows('api_keys')).toBe(2);
    });

    it('let through what they name', async () => {
      const api = await aClientWith(running.app, tenant, ['contacts:read', 'contacts:write']);
      const contact = await aContact(api);
      await ok(api.get(`/contacts/${contact.id}`));
    });
  });

  describe('another tenant', () => {
    it.each(['tenantId', 'tenantId in a body'])('named by %s is 403', async (where) => {
      const { mine, theirs } = await twoTenants(running.app);
      const inBody = where.endsWith('body');
      const named = (tenantId: string) => (inBody ? mine.api.post('/contacts', { firstName: 'Ana', tenantId }) : mine.api.get('/contacts', { tenantId }));
      await ok(named(mine.id));
      await expectError(named(theirs.id), 403, 'OTHER_TENANT');
      await expectError(named('0'), 403, 'OTHER_TENANT');
      await expectError(named('not a tenant'), 403, 'OTHER_TENANT');
      expect(await countRows('contacts', 'tenant_id = $1', [theirs.id])).toBe(0);
    });

    it('has keys of its own, unseen and out of reach', async () => {
      const { mine, theirs } = await twoTenants(running.app);
      const [their] = (await ok(theirs.api.get<ApiKeyPageDto>('/api-keys'))).items;
      const listed = await ok(mine.api.get<ApiKeyPageDto>('/api-keys'));
      expect(listed).toMatchObject({ totalCount: 1, items: [{ tenantId: mine.id }] });
      await expectError(mine.api.delete(`/api-keys/${their?.id}`), 404, 'API_KEY_NOT_FOUND');
      await ok(theirs.api.get('/users'));
    });
  });

  describe('the first tenant', () => {
    it('is made once, by one of several processes that start together, and takes the key that was brought', async () => {
      await sql('DELETE FROM tenants');
      const tenants = running.app.nest.get(TenantsService);
      const shown: (string | undefined)[] = [];
      await Promise.all([1, 2, 3].map(() => tenants.ensureFirst().then(() => tenants.showFirstKey((key) => shown.push(key)))));
      expect(shown).toHaveLength(3);
      const [first, ...more] = shown.filter((key) => key !== undefined);
      expect(more).toEqual([]);
      await ok(running.app.client(first).get('/contacts'));
      expect(await countRows('tenants')).toBe(1);
      expect(await countRows('api_keys')).toBe(1);
    });

    it('has its key shown by the next start where the first ended before it could, or died while it did', async () => {
      await sql('DELETE FROM tenants');
      const tenants = running.app.nest.get(TenantsService);
      await tenants.ensureFirst(); // and then the port was taken
      await tenants.ensureFirst();
      await expect(
        tenants.showFirstKey(() => {
          throw new Error('killed');
        }),
      ).rejects.toThrow('killed');
      let key: string | undefined;
      await tenants.showFirstKey((shown) => (key = shown));
      await ok(running.app.client(key).get('/contacts'));
      let again: string | undefined = 'unknown';
      await tenants.showFirstKey((shown) => (again = shown));
      expect(again).toBeUndefined();
    });

    it('gives names once only', async () => {
      await aTenant(running.app, { name: 'acme' });
      await expect(aTenant(running.app, { name: 'acme' })).rejects.toMatchObject({ code: 'TENANT_NAME_TAKEN' });
    });
  });
});
