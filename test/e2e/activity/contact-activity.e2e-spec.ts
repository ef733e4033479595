import { DataSource } from 'typeorm';
import { ActivityApi, type ActivityPageDto, type NewActivity } from '../../../src/modules/activity';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import { Retention } from '../../../src/platform/database/retention';
import { aContact } from '../../factories/contacts';
import { type TestTenant, aClientWith, aTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe("a contact's activity", () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let contact: ContactDto;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    contact = await aContact(tenant.api);
  });
  const record = (overrides: Partial<NewActivity> = {}, of = tenant) =>
    running.app.nest.get(ActivityApi).record(running.app.nest.get(DataSource).manager, Number(of.id), {
      contactId: contact.id,
      communicationType: 'VapiCall',
      source: 'api',
      status: 'ACCEPTED',
      request: { method: 'POST', url: 'https://api.vapi.ai/call', body: { customer: { number: '+525512345678' } } },
      response: { status: 201, status_text: 'Created', body: { id: 'c-1' } },
      ...overrides,
    });
  const list = async (query: Record<string, string | number> = {}) => ok(tenant.api.get<ActivityPageDto>(`/contacts/${contact.id}/activity`, query));

  it('shows each exchange as it was', async () => {
    await record({ messageId: 'msg_1' });
    expect(await list()).toEqual({
      items: [
        {
          id: expect.any(Number),
          tenantId: tenant.id,
          contactId: contact.id,
          communicationType: 'VapiCall',
          source: 'api',
          contactedAt: expect.any(String),
          status: 'ACCEPTED',
          request: { method: 'POST', url: 'https://api.vapi.ai/call', body: { customer: { number: '+525512345678' } } },
          response: { status: 201, status_text: 'Created', body: { id: 'c-1' } },
          callId: null,
          messageId: 'msg_1',
        },
      ],
      totalCount: 1,
    });
  });

  it('has no response where none came, and may be of the past', async () => {
    await record({ response: null, contactedAt: new Date('2026-03-26T15:43:16.145Z') });
    expect((await list()).items[0]).toMatchObject({ response: null, contactedAt: '2026-03-26T15:43:16.145Z' });
    expect(await sql('SELECT 1 AS found FROM activities WHERE response IS NULL')).toHaveLength(1);
  });

  it('keeps no secret, by the names that secrets go by, and no text that cannot be stored', async () => {
    await record({
      request: {
        headers: { Authorization: 'Bearer x-1', 'X-API-Key': 'x-2' },
        body: { server: { headers: { 'x-vapi-secret': 'x-3' } }, tokens: ['x-4'], model: { maxTokens: 250 } },
      },
      response: { body: { accessToken: { value: 'x-5' }, password: null, text: 'a\0b\ud800' } },
    });
    const { request, response } = (await list()).items[0] ?? {};
    expect(request).toEqual({
      headers: { Authorization: '***', 'X-API-Key': '***' },
      body: { server: { headers: { 'x-vapi-secret': '***' } }, tokens: '***', model: { maxTokens: 250 } },
    });
    expect(response).toEqual({ body: { accessToken: '***', password: null, text: 'ab\ufffd' } });
  });

  it('comes newest first, in pages, and filtered', async () => {
    for (let day = 1; day <= 5; day++) {
      await record({
        contactedAt: new Date(`2026-03-0${day}T00:00:00Z`),
        source: day % 2 ? 'api' : 'bulk',
        status: day === 5 ? 'REFUSED' : 'ACCEPTED',
        communicationType: day === 1 ? 'TwilioCall' : 'VapiCall',
      });
    }
    const days = async (query: Record<string, string | number>) => (await list(query)).items.map(({ contactedAt }) => Number(contactedAt.slice(8, 10)));
    expect(await days({})).toEqual([5, 4, 3, 2, 1]);
    const { items, nextPageToken = '', totalCount } = await list({ pageSize: 3 });
    expect([items.length, totalCount]).toEqual([3, 5]);
    expect(await days({ pageSize: 3, pageToken: nextPageToken })).toEqual([2, 1]);
    expect(await days({ filterBy: 'source:bulk' })).toEqual([4, 2]);
    expect(await days({ filterBy: 'communicationType:VapiCall;status:ACCEPTED' })).toEqual([4, 3, 2]);
    expect(await days({ filterBy: 'contactedAt:2026-03-02', sortBy: 'contactedAt=asc' })).toEqual([2]);
    expect(await days({ searchBy: 'TWILIO' })).toEqual([1]);
    await expectFaults(tenant.api.get(`/contacts/${contact.id}/activity`, { filterBy: 'shoeSize:38' }), { filterBy: 'UNKNOWN_FIELD' });
    const other = await aContact(tenant.api);
    await expectError(tenant.api.get(`/contacts/${other.id}/activity`, { pageSize: 3, pageToken: nextPageToken }), 400, 'INVALID_PAGE_TOKEN');
  });

  it('is of that contact only, and outlives it without its name', async () => {
    const other = await aContact(tenant.api);
    await record();
    expect(await ok(tenant.api.get(`/contacts/${other.id}/activity`))).toEqual({ items: [], totalCount: 0 });
    await ok(tenant.api.delete(`/contacts/${contact.id}`));
    await expectError(tenant.api.get(`/contacts/${contact.id}/activity`), 404, 'CONTACT_NOT_FOUND');
    expect(await sql('SELECT contact_id FROM activities')).toEqual([{ contact_id: null }]);
  });

  it("is not another tenant's to see, and needs its own scope", async () => {
    const { theirs } = await twoTenants(running.app);
    await record();
    await expectError(theirs.api.get(`/contacts/${contact.id}/activity`), 404, 'CONTACT_NOT_FOUND');
    await expectError((await aClientWith(running.app, tenant, ['contacts:read'])).get(`/contacts/${contact.id}/activity`), 403, 'MISSING_SCOPE');
    await ok((await aClientWith(running.app, tenant, ['activity:read'])).get(`/contacts/${contact.id}/activity`));
  });

  it('is asked for by time, together with all else', async () => {
    for (const [day, status] of [['2026-01-01', 'ACCEPTED'], ['2026-02-01', 'REFUSED'], ['2026-03-01', 'ACCEPTED']] as const) await record({ contactedAt: new Date(`${day}T12:00:00Z`), status });
    const days = async (query: Record<string, string>) => (await list(query)).items.map(({ contactedAt }) => contactedAt.slice(0, 10));
    expect(await days({})).toEqual(['2026-03-01', '2026-02-01', '2026-01-01']);
    expect(await days({ contactedFrom: '2026-02-01T12:00:00Z' })).toEqual(['2026-03-01', '2026-02-01']);
    expect(await days({ contactedFrom: '2026-01-02', contactedTo: '2026-03-01T12:00:00Z' })).toEqual(['2026-02-01']);
    expect(await days({ contactedTo: '2026-03-01T12:00:01Z', filterBy: 'status:ACCEPTED;communicationType:VapiCall;source:api' })).toEqual(['2026-03-01', '2026-01-01']);
    await expectFaults(tenant.api.get(`/contacts/${contact.id}/activity`, { contactedFrom: 'yesterday' }), { contactedFrom: 'INVALID_DATE' });
  });

  it('is kept for 400 days', async () => {
    const days = (count: number) => new Date(Date.now() - count * 86_400_000);
    await record({ contactedAt: days(399), status: 'KEPT' });
    for (let n = 0; n < 3; n++) await record({ contactedAt: days(401 + n), status: 'OLD' });
    await running.app.nest.get(Retention).sweep();
    expect((await list()).items.map(({ status }) => status)).toEqual(['KEPT']);
  });
});
