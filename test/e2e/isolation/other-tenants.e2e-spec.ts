import { aContact } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { type TestTenant, twoTenants } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { ok } from '../../support/answers';
import type { Method } from '../../support/api-client';
import { sql } from '../../support/database';
import { type Operation, openApi } from '../../support/openapi-check';
import { useTestApp } from '../../support/test-app';

/** In every text that the other tenant has: no answer to us may contain it. */
const SECRET = 'zzsecretzz';

type Ids = Record<string, number | string>;

/** Something of everything that a tenant can have. */
async function everythingOf({ api }: TestTenant): Promise<Ids> {
  const user = await aUser(api, { name: SECRET, email: `${SECRET}@example.com` });
  const definition = await aCustomField(api, { fieldKey: SECRET, options: [SECRET] });
  const contact = await aContact(api, { firstName: SECRET, userId: user.id, email: `${SECRET}@example.org`, customFields: { [SECRET]: SECRET } });
  const funnel = await ok(api.post<{ id: number; statuses: { id: number }[] }>('/funnels', { name: SECRET, statuses: [{ name: SECRET }] }));
  const conversation = await ok(api.post<{ id: number }>('/conversations', { funnelId: funnel.id, contactId: contact.id, userId: user.id, customFields: { note: SECRET } }));
  const bulk = await ok(api.post<{ operationId: string }>('/conversations/bulk', { conversations: [{ funnelId: funnel.id, contact: { phones: [SECRET] } }] }));
  const [key] = (await ok(api.get<{ items: { id: number }[] }>('/api-keys'))).items;
  return {
    '/users/{id}': user.id,
    '/api-keys/{id}': key?.id ?? 0,
    '/custom-fields/definitions/{id}': definition.id,
    '/custom-fields/definitions/{definitionId}': definition.id,
    '/options/{optionId}': definition.options[0]?.id ?? 0,
    '/contacts/{id}': contact.id,
    '/funnels/{id}': funnel.id,
    '/conversations/{id}': conversation.id,
    '/operations/{operationId}': bulk.operationId,
    status: funnel.statuses[0]?.id ?? 0,
  };
}

/** Their ids in our bodies, where a body has a place for one. Without an entry a body is {}. */
const bodyOf = (operationId: string, their: Ids, our: Ids): object => {
  const [userId, contactId, funnelId, conversationId] = ['/users/{id}', '/contacts/{id}', '/funnels/{id}', '/conversations/{id}'].map((path) => their[path]);
  const references = { userId, contactId, funnelId, funnelStatusId: their.status };
  const bodies: Record<string, object> = {
    CreateUser: { name: 'x' },
    CreateApiKey: { name: 'x', userId },
    CreateCustomFieldDefinition: { entityType: 'CONTACT', fieldKey: 'mine', fieldType: 'STRING' },
    CreateCustomFieldListOption: { value: 'x' },
    CreateContact: { userId },
    SearchContacts: { includeArchived: true, filters: [{ field: 'userId', operator: 'eq', value: userId }], includeTotalCount: true },
    CreateFunnel: { name: 'x', statuses: [{ name: 'x' }] },
    Create: references,
    BulkCreate: {
      conversations: [references, { ...references, funnelId: our['/funnels/{id}'] }, { funnelId: our['/funnels/{id}'], contactId }, { funnelId, contact: { firstName: 'x' } }],
    },
    BulkUpdate: {
      conversations: [
        { id: conversationId, archivedAt: '2026-01-01T00:00:00Z' },
        { id: our['/conversations/{id}'], userId, contact: { id: contactId, firstName: 'x' } },
      ],
    },
    UpdateConversation: { userId, funnelStatusId: their.status },
  };
  return bodies[operationId] ?? {};
};

describe('what belongs to another tenant', () => {
  const running = useTestApp();

  if (!openApi) throw new Error('openapi.json is missing: npm run openapi');
  const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [operation.operationId, method.toUpperCase() as Method, path, operation] as const),
  );

  it.each(operations)('%s: %s %s neither shows nor changes it', async (operationId, method, template, operation: Operation) => {
    const { mine, theirs } = await twoTenants(running.app);
    const [our, their] = [await everythingOf(mine), await everythingOf(theirs)];
    await sql(`UPDATE api_keys SET last_used_at = now() WHERE last_used_at IS NULL`);
    const before = await rowsOf(theirs);

    const query = Object.fromEntries((operation.parameters ?? []).filter((one) => one.in === 'query' && one.name === 'searchBy').map(({ name }) => [name, SECRET]));
    const body = operation.requestBody && bodyOf(operationId, their, our);
    const path = withIds(template, their);
    const answer = await mine.api.send(method, path, { body, query: method === 'GET' ? query : {} });

    if (template.includes('{')) expect([answer.status, answer.body]).toEqual([404, expect.objectContaining({ error: expect.stringMatching(/_NOT_FOUND$/) })]);
    expect(answer.status).toBeLessThan(500);
    if (template.includes('{') || method === 'POST') expect(JSON.stringify(answer.body)).not.toContain(SECRET);
    expect(JSON.stringify(answer.body)).not.toContain(`"tenantId":"${theirs.id}"`);
    expect(await rowsOf(theirs)).toEqual(before);
    expect(await crossings(mine, theirs)).toEqual([]);
  });

  it('is not to be reached by an idempotency key, either', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const headers = { 'idempotency-key': 'same' };
    await ok(theirs.api.post('/contacts', { firstName: SECRET }, headers));
    const answer = await mine.api.post('/contacts', { firstName: SECRET }, headers);
    expect(answer).toMatchObject({ status: 200, body: { tenantId: mine.id } });
  });
});

function withIds(template: string, ids: Ids): string {
  return template.replace(/[^{]*\{\w+\}/g, (part) => {
    const known = Object.keys(ids).find((path) => path.includes('{') && part.endsWith(path));
    if (!known) throw new Error(`Teach this sweep an id for ${template}: everythingOf() knows none that ends with ${part}`);
    return part.replace(/\{\w+\}/, String(ids[known]));
  });
}

const tenantTables = () => sql<{ name: string }>(`SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id'`);

/** All of a tenant's rows, of every table. */
async function rowsOf({ id }: TestTenant): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const { name } of await tenantTables()) {
    rows[name] = await sql(`SELECT to_jsonb(t) - 'last_used_at' AS row FROM ${name} t WHERE tenant_id = $1 ORDER BY 1`, [id]);
  }
  return rows;
}

/** Rows of ours that name something of theirs: no foreign key should let one in. */
async function crossings(mine: TestTenant, theirs: TestTenant): Promise<unknown[]> {
  return sql(
    `SELECT 'contacts' AS of FROM contacts c JOIN users u ON u.id = c.user_id WHERE c.tenant_id = $1 AND u.tenant_id = $2
     UNION ALL SELECT 'conversations' FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE c.tenant_id = $1 AND p.tenant_id = $2
     UNION ALL SELECT 'conversations' FROM conversations c JOIN funnels f ON f.id = c.funnel_id WHERE c.tenant_id = $1 AND f.tenant_id = $2
     UNION ALL SELECT 'api_keys' FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.tenant_id = $1 AND u.tenant_id = $2`,
    [mine.id, theirs.id],
  );
}
