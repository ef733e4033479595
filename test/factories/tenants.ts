import { randomUUID } from 'node:crypto';
import { TenantsService } from '../../src/modules/accounts';
import type { TenantContext } from '../../src/platform/tenancy/tenant-context';
import type { ApiClient } from '../support/api-client';
import type { TestApp } from '../support/test-app';

/** A tenant and a client that speaks for it. */
export interface TestTenant {
  id: string;
  key: string;
  api: ApiClient;
}

export async function aTenant(app: TestApp, { name = `tenant ${randomUUID()}`, defaultCountry }: { name?: string; defaultCountry?: string } = {}): Promise<TestTenant> {
  const { tenantId, apiKey } = await app.nest.get(TenantsService).create(name, defaultCountry);
  return { id: tenantId, key: apiKey, api: app.client(apiKey) };
}

/** Another key of the same tenant, with these scopes only. */
export async function aClientWith(app: TestApp, tenant: TestTenant, scopes: string[]): Promise<ApiClient> {
  const { apiKey } = await app.nest.get(TenantsService).createKey(tenant.id, scopes.join(' '), scopes, 'live');
  return app.client(apiKey);
}

/** For what one tenant must not see of another. */
export async function twoTenants(app: TestApp): Promise<{ mine: TestTenant; theirs: TestTenant }> {
  return { mine: await aTenant(app), theirs: await aTenant(app) };
}

/** What a request of the tenant's carries through the app: for asking a door directly. */
export const aContext = ({ id }: TestTenant): TenantContext => ({
  tenantId: Number(id),
  actor: { keyId: null, userId: null },
  requestId: 'test',
  scopes: new Set(['admin']),
  defaultCountry: 'MX',
});
