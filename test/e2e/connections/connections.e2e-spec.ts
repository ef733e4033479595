import { DataSource } from 'typeorm';
import { ConnectionsApi, type ProviderName, authorizationOf } from '../../../src/modules/connections';
import type { ConnectionDto, ConnectionPageDto } from '../../../src/modules/connections/dto/connection.dto';
import { ChangeNotices } from '../../../src/platform/database/change-notices';
import { ServerAddress } from '../../../src/platform/http/server-address';
import { type TestTenant, aClientWith, aContext, aTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { until } from '../../support/until';

const ANY_SECRET = expect.stringMatching(/^[0-9a-f]{64}$/);

/** An attempt of a call, held or not. */
const anAttempt = (tenant: TestTenant, connectionId: number, columns = 'released_at', value: string | null = null) =>
  sql(
    `WITH made AS (INSERT INTO calls (tenant_id, kind, from_number, to_number, direction, status, start_time) VALUES ($1, 'bridge', '1', '2', 'outgoing', 'queued', now()) RETURNING id)
     INSERT INTO call_attempts (tenant_id, call_id, connection_id, number, lane, state, ${columns}) SELECT $1, id, $2, 1, 'single', 'live', $3 FROM made`,
    [tenant.id, connectionId, value],
  );

describe('connections', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let internalUrl: string;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    ({ internalUrl } = running.app.nest.get(ServerAddress));
  });
  const em = () => running.app.nest.get(DataSource).manager;
  const api = () => running.app.nest.get(ConnectionsApi);
  const usedBy = (of: TestTenant, provider: ProviderName) => api().of(em(), aContext(of), provider);
  const save = (provider: ProviderName, body: object, of = tenant) => of.api.put<ConnectionDto>(`/connections/${provider}`, body);

  it('that several make at once have what each of them said', async () => {
    for (let round = 0; round < 20; round++) {
      const of = await aTenant(running.app);
      const answers = await Promise.all([{ credentials: { apiKey: 'key' } }, { concurrencyLimit: 3 }, { webhookSecret: 'a-secret-of-ours' }].map((body) => ok(save('vapi', body, of))));
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      const [row] = await sql<{ concurrency_limit: number; rest: boolean }>('SELECT concurrency_limit, credentials IS NOT NULL AND webhook_secret IS NOT NULL AS rest FROM connections WHERE tenant_id = $1', [of.id]);
      expect(row).toEqual({ concurrency_limit: 3, rest: true });
    }
  });

  it('are the sandbox at first, one to each provider and the same for all', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const { items, totalCount } = await ok(mine.api.get<ConnectionPageDto>('/connections'));
    expect([items.map(({ provider }) => provider), totalCount]).toEqual([['vapi', 'whatsapp', 'twilio', 'elemente', 'botmaker'], 5]);
    expect(items[0]).toEqual({
      id: expect.any(Number),
      provider: 'vapi',
      own: false,
      sandbox: true,
      baseUrl: `${internalUrl}/sandbox/vapi`,
      webhookUrl: `${internalUrl}/webhooks/vapi`,
      concurrencyLimit: null,
      learntLimit: null,
      blockedUntil: null,
      pausedReason: null,
      pausedUntil: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await ok(theirs.api.get('/connections'))).toEqual({ items, totalCount });
    expect(await usedBy(mine, 'vapi')).toMatchObject({ id: items[0]?.id, tenantId: null, sandbox: true, credentials: { apiKey: ANY_SECRET }, webhookSecret: ANY_SECRET });
    expect(await countRows('connections', 'tenant_id IS NULL')).toBe(5);
  });

  it('are made once, however many ask for them first', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, async () => (await usedBy(tenant, 'twilio')).id));
    expect(new Set(ids).size).toBe(1);
    expect(await countRows('connections')).toBe(1);
  });

  it("are a tenant's own once it has saved one, and nobody else's", async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const saved = await ok(save('vapi', { baseUrl: 'https://api.eu.vapi.ai/', credentials: { apiKey: 'key-1' }, webhookSecret: 'secret-of-mine', concurrencyLimit: 20 }, mine));
    expect(saved).toMatchObject({ own: true, sandbox: false, baseUrl: 'https://api.eu.vapi.ai', webhookUrl: `${internalUrl}/webhooks/vapi/${saved.id}`, concurrencyLimit: 20 });
    expect((await ok(mine.api.get<ConnectionPageDto>('/connections'))).items[0]).toEqual(saved);
    expect(await usedBy(mine, 'vapi')).toEqual({
      id: saved.id,
      tenantId: Number(mine.id),
      provider: 'vapi',
      baseUrl: 'https://api.eu.vapi.ai',
      trusted: false,
      sandbox: false,
      credentials: { apiKey: 'key-1' },
      webhookSecret: 'secret-of-mine',
      webhookUrl: saved.webhookUrl,
      concurrencyLimit: 20,
    });
    expect(await usedBy(theirs, 'vapi')).toMatchObject({ tenantId: null, sandbox: true });
    expect((await ok(theirs.api.get<ConnectionPageDto>('/connections'))).items[0]).toMatchObject({ own: false });
  });

  it('keep their secrets sealed, and show them to nobody', async () => {
    const answers = [await save('vapi', { credentials: { apiKey: 'very-secret-1' }, webhookSecret: 'very-secret-2' }), await tenant.api.get('/connections')];
    expect(JSON.stringify(answers)).not.toContain('very-secret');
    expect(JSON.stringify(await sql('SELECT * FROM connections'))).not.toContain('very-secret');
    // Bound to their row: moved to another tenant's, they cannot be opened.
    const other = await aTenant(running.app);
    await ok(save('vapi', { credentials: { apiKey: 'other' } }, other));
    await sql(`UPDATE connections SET credentials = (SELECT credentials FROM connections WHERE tenant_id = $1) WHERE tenant_id = $2`, [tenant.id, other.id]);
    await expect(usedBy(other, 'vapi')).rejects.toThrow();
  });

  it('have the official address of their provider, and a webhook secret of their own', async () => {
    await ok(save('twilio', { credentials: { accountSid: 'AC1', authToken: 't' } }));
    await ok(save('elemente', { credentials: { username: 'u', password: 'p' } }));
    await ok(save('whatsapp', { credentials: { accessToken: 'a', appSecret: 's', verifyToken: 'v' } }));
    const [twilio, elemente, whatsapp] = [await usedBy(tenant, 'twilio'), await usedBy(tenant, 'elemente'), await usedBy(tenant, 'whatsapp')];
    expect([twilio, elemente, whatsapp].map(({ baseUrl }) => baseUrl)).toEqual(['https://api.twilio.com', 'https://api.elemente.ai', 'https://graph.facebook.com']);
    expect([twilio.webhookSecret, elemente.webhookSecret, whatsapp.webhookSecret]).toEqual([ANY_SECRET, ANY_SECRET, null]);
    expect(authorizationOf(twilio)).toBe(`Basic ${btoa('AC1:t')}`);
  });

  it('change in the fields given; null takes away', async () => {
    const first = await ok(save('vapi', { baseUrl: 'https://api.eu.vapi.ai', credentials: { apiKey: 'key-1' }, webhookSecret: 'secret-of-mine', concurrencyLimit: 20 }));
    const second = await ok(save('vapi', { concurrencyLimit: 5 }));
    expect(second).toEqual({ ...first, concurrencyLimit: 5, updatedAt: expect.any(String) });
    expect(await usedBy(tenant, 'vapi')).toMatchObject({ credentials: { apiKey: 'key-1' }, webhookSecret: 'secret-of-mine' });
    expect(await ok(save('vapi', { ...second }))).toEqual({ ...second, updatedAt: expect.any(String) });
    await ok(save('vapi', { concurrencyLimit: null, webhookSecret: null, baseUrl: null }));
    expect(await usedBy(tenant, 'vapi')).toMatchObject({ baseUrl: 'https://api.vapi.ai', credentials: { apiKey: 'key-1' }, webhookSecret: ANY_SECRET, concurrencyLimit: null });
  });

  it('are the sandbox again without credentials, which never reach an address that was for others', async () => {
    await ok(save('vapi', { baseUrl: 'https://api.eu.vapi.ai', credentials: { apiKey: 'key-1' } }));
    expect(await ok(save('vapi', { credentials: null }))).toMatchObject({ own: true, sandbox: true, baseUrl: `${internalUrl}/sandbox/vapi` });
    await expectFaults(save('vapi', { baseUrl: 'https://evil.example.com' }), { credentials: 'REQUIRED_FIELD' });
    await expectFaults(save('vapi', { baseUrl: 'https://evil.example.com', credentials: null }), { credentials: 'REQUIRED_FIELD' });
    await ok(save('vapi', { credentials: { apiKey: 'key-1' } }));
    await expectFaults(save('vapi', { baseUrl: 'https://evil.example.com' }), { credentials: 'REQUIRED_FIELD' });
    expect(await usedBy(tenant, 'vapi')).toMatchObject({ baseUrl: 'https://api.vapi.ai' });
  });

  it('are refused with everything that is wrong', async () => {
    await expectFaults(save('vapi', { baseUrl: 5, credentials: 'key', webhookSecret: 'short', concurrencyLimit: 0.5 }), {
      baseUrl: 'INVALID_TYPE',
      credentials: 'INVALID_TYPE',
      webhookSecret: 'INVALID_FORMAT',
      concurrencyLimit: 'INVALID_TYPE',
    });
    await expectFaults(save('twilio', { credentials: { apiKey: 'x' }, concurrencyLimit: 10_001 }), {
      'credentials.accountSid': 'REQUIRED_FIELD',
      'credentials.authToken': 'REQUIRED_FIELD',
      'credentials.apiKey': 'UNKNOWN_FIELD',
      concurrencyLimit: 'INVALID_VALUE',
    });
    for (const baseUrl of ['http://api.vapi.ai', 'https://127.0.0.1', 'https://169.254.169.254/latest', 'https://localhost:3000', 'https://[::1]', 'nonsense', '']) {
      await expectFaults(save('vapi', { baseUrl, credentials: { apiKey: 'x' } }), { baseUrl: 'INVALID_VALUE' });
    }
    await expectError(tenant.api.put('/connections/skype', {}), 404, 'PROVIDER_NOT_FOUND');
    await expectError(tenant.api.delete('/connections/constructor'), 404, 'PROVIDER_NOT_FOUND');
    expect(await countRows('connections', 'tenant_id IS NOT NULL')).toBe(0);
  });

  it('are tried again as soon as they are saved, and the dialer is told', async () => {
    const { id } = await ok(save('vapi', { credentials: { apiKey: 'wrong' } }));
    await sql(
      `UPDATE connections SET paused_reason = 'no money', paused_until = now() + interval '1 hour', blocked_until = now() + interval '1 hour', learnt_limit = 7 WHERE id = $1`,
      [id],
    );
    expect((await ok(tenant.api.get<ConnectionPageDto>('/connections'))).items[0]).toMatchObject({ pausedReason: 'no money', pausedUntil: expect.any(String), learntLimit: 7 });
    const told: unknown[] = [];
    running.app.nest.get(ChangeNotices).onChange('dial', (key) => told.push(key));
    expect(await ok(save('vapi', { concurrencyLimit: 3 }))).toMatchObject({ pausedReason: null, pausedUntil: null, blockedUntil: null, learntLimit: 7 });
    await until(async () => told.includes(String(id)));
    expect(await ok(save('vapi', { credentials: { apiKey: 'right' } }))).toMatchObject({ learntLimit: null });
  });

  it("are deleted for the environment's, which is never deleted", async () => {
    const saved = await ok(save('vapi', { credentials: { apiKey: 'key-1' } }));
    expect(await ok(tenant.api.delete('/connections/vapi'))).toEqual(saved);
    expect(await usedBy(tenant, 'vapi')).toMatchObject({ tenantId: null });
    await expectError(tenant.api.delete('/connections/vapi'), 404, 'CONNECTION_NOT_FOUND');
    expect(await api().byId(em(), saved.id)).toBeUndefined();
  });

  it('stay while calls wait for them, are under way, or are not told to their end', async () => {
    const { id } = await ok(save('vapi', { credentials: { apiKey: 'key-1' } }));
    const refused = async () => expectError(tenant.api.delete('/connections/vapi'), 409, 'CONNECTION_IN_USE');
    await anAttempt(tenant, id);
    expect(await refused()).toMatchObject({ queued: 0, active: 1 });
    await sql('UPDATE call_attempts SET released_at = now(), check_at = now()');
    expect(await refused()).toMatchObject({ queued: 0, active: 1 });
    await sql(`UPDATE call_attempts SET state = 'over', check_at = NULL`);
    await sql(`INSERT INTO call_queue (call_id, tenant_id, connection_id, lane, to_number) SELECT id, tenant_id, $1, 'bulk', '2' FROM calls`, [id]);
    expect(await refused()).toMatchObject({ queued: 1, active: 0 });
    await sql('DELETE FROM call_queue');
    await ok(tenant.api.delete('/connections/vapi'));
  });

  it('are found for a webhook by its url', async () => {
    const { id } = await ok(save('vapi', { credentials: { apiKey: 'key-1' } }));
    const environment = await api().forWebhook('vapi');
    expect(environment).toMatchObject({ tenantId: null, provider: 'vapi' });
    expect(await api().forWebhook('vapi', id)).toMatchObject({ id, credentials: { apiKey: 'key-1' } });
    for (const unknown of [environment?.id, id + 1000, NaN, -1, 0.5]) expect(await api().forWebhook('vapi', unknown)).toBeUndefined();
    expect(await api().forWebhook('twilio', id)).toBeUndefined();
  });

  it('need an admin', async () => {
    const client = await aClientWith(running.app, tenant, ['phone-numbers:read', 'phone-numbers:write', 'calls:write']);
    await expectError(client.get('/connections'), 403, 'MISSING_SCOPE');
    await expectError(client.put('/connections/vapi', { concurrencyLimit: 1 }), 403, 'MISSING_SCOPE');
    await expectError(client.delete('/connections/vapi'), 403, 'MISSING_SCOPE');
  });
});

describe('connections of an environment with accounts', () => {
  const VAPI_BASE_URL = 'http://127.0.0.1:9999/vapi/';
  const running = useTestApp({
    ...{ VAPI_API_KEY: 'env-key', VAPI_WEBHOOK_SECRET: 'env-secret', VAPI_BASE_URL, PUBLIC_URL: 'https://crm.example.com/' },
    ...{ TWILIO_ACCOUNT_SID: 'ACenv', TWILIO_AUTH_TOKEN: 'env-token', ELEMENTE_USERNAME: 'only a half' },
  });
  const usedBy = async (tenant: TestTenant, provider: ProviderName) =>
    running.app.nest.get(ConnectionsApi).of(running.app.nest.get(DataSource).manager, aContext(tenant), provider);

  it('use them, at its addresses, and are reached at its public url', async () => {
    const tenant = await aTenant(running.app);
    expect(await usedBy(tenant, 'vapi')).toMatchObject({
      sandbox: false,
      baseUrl: 'http://127.0.0.1:9999/vapi',
      credentials: { apiKey: 'env-key' },
      webhookSecret: 'env-secret',
      webhookUrl: 'https://crm.example.com/webhooks/vapi',
    });
    expect(await usedBy(tenant, 'twilio')).toMatchObject({ sandbox: false, baseUrl: 'https://api.twilio.com', credentials: { accountSid: 'ACenv', authToken: 'env-token' } });
    expect(await usedBy(tenant, 'elemente')).toMatchObject({ sandbox: true, credentials: { username: 'sandbox' } });
    expect(JSON.stringify(await tenant.api.get('/connections'))).not.toMatch(/env-/);
  });

  it("are never a tenant's by accident: its own needs credentials, or says that it wants the sandbox", async () => {
    const tenant = await aTenant(running.app);
    await expectFaults(tenant.api.put('/connections/vapi', { concurrencyLimit: 5 }), { credentials: 'REQUIRED_FIELD' });
    expect(await ok(tenant.api.put('/connections/vapi', { concurrencyLimit: 5, credentials: null }))).toMatchObject({ own: true, sandbox: true });
    expect(await usedBy(tenant, 'vapi')).toMatchObject({ credentials: { apiKey: ANY_SECRET }, webhookSecret: ANY_SECRET });
    await ok(tenant.api.put('/connections/vapi', { credentials: { apiKey: 'own-key' }, baseUrl: 'http://127.0.0.1:9999/vapi' }));
    expect(await usedBy(tenant, 'vapi')).toMatchObject({ sandbox: false, baseUrl: 'http://127.0.0.1:9999/vapi', credentials: { apiKey: 'own-key' } });
    await expectFaults(tenant.api.put('/connections/vapi', { credentials: { apiKey: 'own-key' }, baseUrl: 'http://127.0.0.1:9998/vapi' }), { baseUrl: 'INVALID_VALUE' });
  });
});
