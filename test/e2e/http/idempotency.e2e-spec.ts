import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact, aPhone } from '../../factories/contacts';
import { type TestTenant, aTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import type { Answer, ErrorBody } from '../../support/api-client';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

const REPLAYED = 'idempotency-replayed';

/** In a way that no request can be to blame for. */
async function whileInsertsFail(table: string, work: () => Promise<void>): Promise<void> {
  await sql(`CREATE FUNCTION test_fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it fails'; END $$`);
  await sql(`CREATE TRIGGER test_fails BEFORE INSERT ON ${table} EXECUTE FUNCTION test_fails()`);
  try {
    await work();
  } finally {
    await sql('DROP FUNCTION test_fails CASCADE');
  }
}

describe('Idempotency-Key', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });

  const post = <T = ContactDto>(key: string, body: unknown, path = '/contacts'): Promise<Answer<T>> => tenant.api.post<T>(path, body, { 'idempotency-key': key });

  it('gives the first answer again, and says so', async () => {
    const body = { firstName: 'Ana', addresses: [{ channelType: 'PHONE', address: aPhone() }] };
    const first = await post('order-1', body);
    const second = await post('order-1', body);
    expect(await ok(second)).toEqual(await ok(first));
    expect([first.headers[REPLAYED], second.headers[REPLAYED]]).toEqual([undefined, 'true']);
    expect(first.headers['x-request-id']).not.toBe(second.headers['x-request-id']);
    expect(await countRows('contacts')).toBe(1);
  });

  it('gives it again even where the contact has gone since', async () => {
    const { body } = await post('order-1', { firstName: 'Ana' });
    await ok(tenant.api.delete(`/contacts/${body.id}`));
    expect(await ok(post('order-1', { firstName: 'Ana' }))).toEqual(body);
    expect(await countRows('contacts')).toBe(0);
  });

  it('is refused for another body or another route', async () => {
    await ok(post('order-1', { firstName: 'Ana' }));
    await expectError(post('order-1', { firstName: 'Luz' }), 422, 'IDEMPOTENCY_KEY_REUSED');
    await expectError(post('order-1', { firstName: 'Ana' }, '/contacts/search'), 422, 'IDEMPOTENCY_KEY_REUSED');
    await expectError(post('order-1', { name: 'Ana' }, '/users'), 422, 'IDEMPOTENCY_KEY_REUSED');
    expect([await countRows('contacts'), await countRows('users')]).toEqual([1, 0]);
  });

  it('belongs to its tenant', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const headers = { 'idempotency-key': 'order-1' };
    const my = await ok(mine.api.post<ContactDto>('/contacts', { firstName: 'Ana' }, headers));
    const their = await theirs.api.post<ContactDto>('/contacts', { firstName: 'Ana' }, headers);
    expect(their.body).toMatchObject({ tenantId: theirs.id });
    expect(their.body.id).not.toBe(my.id);
    expect(their.headers[REPLAYED]).toBeUndefined();
  });

  it('of 20 requests at once lets one have its effect; the others see it run, or its answer', async () => {
    const body = { firstName: 'Ana', addresses: [{ channelType: 'PHONE', address: aPhone() }] };
    const answers = await Promise.all(Array.from({ length: 20 }, () => post<ContactDto | ErrorBody>('order-1', body)));
    const done = answers.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(done.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(done.filter((answer) => answer.headers[REPLAYED] === undefined)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) await expectError(answer, 409, 'IDEMPOTENCY_KEY_IN_USE');
    expect(await countRows('contacts')).toBe(1);
    expect((await post('order-1', body)).headers[REPLAYED]).toBe('true');
  });

  it('of 20 requests at once with keys of their own for one taken phone answers each', async () => {
    const address = aPhone();
    const holder = await aContact(tenant.api, { addresses: [{ channelType: 'PHONE', address }] });
    const create = (at: number) => post<ErrorBody>(`order-${at}`, { addresses: [{ channelType: 'WHATSAPP', address }] });
    for (const answer of await Promise.all(Array.from({ length: 20 }, (_, at) => create(at)))) {
      expect(await expectError(answer, 409, 'ADDRESS_ALREADY_EXISTS')).toMatchObject({ contactId: holder.id });
    }
  });

  it('gives a refusal again: its code, its faults', async () => {
    const body = { addresses: [{ channelType: 'PHONE', address: '123' }] };
    await expectFaults(post('bad', body), { 'addresses[0].address': 'INVALID_PHONE' });
    const again = await post('bad', body);
    expect(again.status).toBe(400);
    expect(again.headers[REPLAYED]).toBe('true');
    expect(again.body).toMatchObject({ code: 400, error: 'VALIDATION_FAILED', details: { fields: [{ path: 'addresses[0].address' }] } });
    // The request id is this request's own, in the body as in the header.
    expect((again.body as unknown as ErrorBody).details.requestId).toBe(again.headers['x-request-id']);
  });

  it('keeps a refusal although its cause has gone', async () => {
    const { id, addresses } = await aContact(tenant.api);
    const body = { addresses };
    await expectError(post('taken', body), 409, 'ADDRESS_ALREADY_EXISTS');
    await ok(tenant.api.delete(`/contacts/${id}`));
    const again = await post<ErrorBody>('taken', body);
    expect([again.status, again.body.error, again.headers[REPLAYED]]).toEqual([409, 'ADDRESS_ALREADY_EXISTS', 'true']);
  });

  it('keeps no failure of ours: the same request may be tried again', async () => {
    await whileInsertsFail('contacts', async () => {
      expect((await post('order-1', { firstName: 'Ana' })).status).toBe(500);
    });
    const again = await post('order-1', { firstName: 'Ana' });
    expect([again.status, again.headers[REPLAYED]]).toEqual([200, undefined]);
    expect(await countRows('contacts')).toBe(1);
  });

  it('keeps the effect and the answer together: neither is there without the other', async () => {
    await whileInsertsFail('idempotency_keys', async () => {
      expect((await post('order-1', { firstName: 'Ana' })).status).toBe(500);
    });
    expect([await countRows('contacts'), await countRows('idempotency_keys')]).toEqual([0, 0]);
  });

  it('may be used anew after a day', async () => {
    const { body } = await post('order-1', { firstName: 'Ana' });
    const [{ hours } = { hours: 0 }] = await sql<{ hours: number }>(`SELECT extract(epoch FROM expires_at - now())::int / 3600.0 AS hours FROM idempotency_keys`);
    expect(Number(hours)).toBeGreaterThanOrEqual(23.9);
    await sql(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second'`);
    const next = await post('order-1', { firstName: 'Luz' });
    expect((await ok(next)).id).not.toBe(body.id);
  });

  it('has 1 to 255 visible characters', async () => {
    await ok(post('k'.repeat(255), { firstName: 'Ana' }));
    for (const key of ['k'.repeat(256), '', ' ', 'a b', 'ñ']) await expectError(post(key, { firstName: 'Ana' }), 400, 'IDEMPOTENCY_KEY_INVALID');
    expect(await countRows('contacts')).toBe(1);
  });

  it('counts on every POST, and on nothing but POST', async () => {
    const contact = await aContact(tenant.api);
    await ok(post('archive-1', undefined, `/contacts/${contact.id}/archive`));
    expect((await post('archive-1', undefined, `/contacts/${contact.id}/archive`)).headers[REPLAYED]).toBe('true');
    const headers = { 'idempotency-key': 'put-1' };
    for (const firstName of ['Luz', 'Zoé']) {
      expect(await ok(tenant.api.send('PUT', `/contacts/${contact.id}`, { body: { firstName }, headers }))).toMatchObject({ firstName });
    }
  });

  it('does not excuse wrong credentials', async () => {
    await ok(post('order-1', { firstName: 'Ana' }));
    await expectError(running.app.client('lp_live_wrong').post('/contacts', { firstName: 'Ana' }, { 'idempotency-key': 'order-1' }), 401, 'UNAUTHORIZED');
  });
});
