import fc from 'fast-check';
import { aContact } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { type TestTenant, aClientWith, aTenant } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { ok, shown } from '../../support/answers';
import type { Answer, ErrorBody, Method } from '../../support/api-client';
import { sql } from '../../support/database';
import { naughtyText, nearly, nearlyRecord } from '../../support/naughty';
import { type Operation, openApi } from '../../support/openapi-check';
import { useTestApp } from '../../support/test-app';

/** FUZZ_SECONDS=600 looks longer, FUZZ_SEED= elsewhere. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 14);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

describe('whatever is sent', () => {
  const running = useTestApp();
  if (!openApi) throw new Error('openapi.json is missing: npm run openapi');
  const { paths, components } = openApi;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [operation.operationId, method.toUpperCase() as Method, path, operation] as const),
  );

  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    await aUser(tenant.api);
    await aCustomField(tenant.api, { fieldKey: 'plan', options: ['gold'] });
    await aCustomField(tenant.api, { fieldKey: 'seats', fieldType: 'NUMBER' });
    await aCustomField(tenant.api, { fieldKey: 'since', fieldType: 'DATE' });
    for (let made = 0; made < 3; made++) await aContact(tenant.api, { customFields: { seats: made, since: '2026-01-01', other: 'x' } });
    await ok(tenant.api.post('/funnels', { name: 'sales', statuses: [{ name: 'new' }] }));
  });

  it.each(operations)(
    '%s: %s %s answers as openapi.json says, and never with a failure',
    async (_id, method, template, operation: Operation) => {
      const ids = await sql<{ id: string }>(
        `SELECT id::text FROM contacts UNION SELECT id::text FROM custom_field_definitions UNION SELECT id::text FROM users UNION SELECT id::text FROM funnels`,
      );
      const segment = fc.oneof(fc.constantFrom(...ids.map(({ id }) => id)), naughtyText.filter((text) => text !== '').map(encoded));
      const parameters = (operation.parameters ?? []).filter((one) => one.in === 'query');
      const schema = operation.requestBody?.content?.['application/json']?.schema;
      const request = fc.record({
        path: fc.array(segment, { minLength: 2, maxLength: 2 }),
        query: nearlyRecord(Object.fromEntries(parameters.map(({ name, schema: of }) => [name, of])), [], components.schemas),
        body: schema ? nearly(schema, components.schemas) : fc.constant(undefined),
      });
      await fc.assert(
        fc.asyncProperty(request, async ({ path, query, body }) => {
          const [...segments] = path;
          const filled = template.replace(/\{\w+\}/g, () => segments.shift() ?? '1');
          const search = Object.entries(query).map(([name, value]) => `${name}=${encoded(typeof value === 'string' ? value : JSON.stringify(value))}`);
          const answer = await tenant.api.send<ErrorBody>(method, `${filled}${search.length > 0 ? `?${search.join('&')}` : ''}`, { body });
          check(answer);
        }),
        { seed: SEED, numRuns: 1e6, interruptAfterTimeLimit: (SECONDS * 1000) / operations.length, markInterruptAsFailure: false, maxSkipsPerRun: 1e6, endOnFailure: true },
      );
      // And what it left can be read; by another key, since it may have revoked its own.
      const api = await aClientWith(running.app, tenant, ['admin']);
      for (const path of ['/contacts', '/users', '/custom-fields/definitions', '/conversations']) await ok(api.get(path, { pageSize: 100 }));
    },
    SECONDS * 1000 + 20_000,
  );
});

function check(answer: Answer<ErrorBody>): void {
  const { status, body, headers } = answer;
  if (status >= 500) throw new Error(shown(answer));
  if (status < 400) return;
  expect(body).toEqual({
    code: status,
    error: expect.stringMatching(/^[A-Z_]+$/),
    message: expect.any(String),
    details: expect.objectContaining({ requestId: headers['x-request-id'] }),
  });
  expect(JSON.stringify(body)).not.toMatch(/node_modules|at \w+ \(|SELECT |INSERT |syntax error at/);
}

/** As a part of a url; half a surrogate pair has no encoding, so its bytes are sent as they would be. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}
