import { JobHandlers } from '../../../src/platform/queue/job-handlers';
import { Lease } from '../../../src/platform/queue/lease';
import type { ActivityPageDto } from '../../../src/modules/activity';
import type { ContactDto, ContactPageDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact } from '../../factories/contacts';
import { type TestTenant, aTenant } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

const TOKEN = 'the-token-of-botmaker';

describe('POST /webhooks/botmaker', () => {
  const running = useTestApp({ BOTMAKER_WEBHOOK_TOKEN: TOKEN });
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });

  const send = (body: unknown, { token = TOKEN, path = '' }: { token?: string; path?: string } = {}) =>
    running.app.client().send('POST', `//webhooks/botmaker${path}`, { body, headers: { 'auth-bm-token': token } });
  /** Does the jobs that are there, as the queue does. */
  const run = async () => {
    for (const { tenant_id, payload } of await sql<{ tenant_id: number | null; payload: Record<string, unknown> }>(`DELETE FROM outbox WHERE type = 'webhook.apply' RETURNING tenant_id, payload`)) {
      await running.app.nest.get(JobHandlers).of('webhook.apply')?.(payload, { tenantId: tenant_id, attempt: 1, lease: Lease.FOREVER });
    }
  };
  const tell = async (body: unknown, options?: { token?: string; path?: string }) => {
    expect((await send(body, options)).status).toBe(200);
    await run();
  };
  const contacts = async (of = tenant) => (await ok(of.api.get<ContactPageDto>('/contacts'))).items;
  const activityOf = async ({ id }: ContactDto) => (await ok(tenant.api.get<ActivityPageDto>(`/contacts/${id}/activity`))).items;

  const chat = (more: Record<string, unknown> = {}) => ({
    v: '1.1',
    type: 'message',
    chatPlatform: 'whatsapp',
    contactId: '5215512345678',
    chatChannelId: 'acme-whatsapp-5215555550199',
    customerId: 'CUST',
    firstName: 'Ana',
    lastName: 'Pérez',
    txId: 'tx-1',
    messages: [{ message: 'Hola', date: '2026-03-13T10:00:00.000Z', from: 'user' }],
    ...more,
  });
  const OUTCOME = { user_is_customer: 'yes', new_customer_phone_number: '', user_confirmed_payment_info: ' ', conflict_reason: '' };

  it('is in the log of whom it is about, who is made where nobody is', async () => {
    await tell(chat({ variables: OUTCOME }));
    const [contact] = await contacts();
    expect(contact).toMatchObject({ firstName: 'Ana', lastName: 'Pérez', addresses: [{ channelType: 'WHATSAPP', address: '+525512345678' }] });
    expect(await activityOf(contact as ContactDto)).toMatchObject([
      {
        communicationType: 'BotmakerChatbot',
        source: 'webhook',
        contactedAt: '2026-03-13T10:00:00.000Z',
        status: 'MESSAGE',
        request: { type: 'message', contactId: '5215512345678', messages: [{ message: 'Hola' }] },
        response: { communication_type: 'BotmakerChatbot', user_is_customer: 'yes', new_customer_phone_number: null, user_confirmed_payment_info: null, conflict_reason: null },
      },
    ]);
  });

  it('is of somebody who is there, by number, and says nothing came of it where it does not say', async () => {
    const ana = await aContact(tenant.api, { firstName: 'Known', phone: '+525512345678' });
    await tell(chat({ contactId: undefined, whatsappNumber: '+52 1 55 1234 5678', variables: {}, messages: [{ date: 1773396000000 }] }));
    expect(await contacts()).toMatchObject([{ id: ana.id, firstName: 'Known', lastName: 'Pérez' }]);
    expect(await activityOf(ana)).toMatchObject([{ contactedAt: '2026-03-13T10:00:00.000Z', response: null }]);
  });

  it('is kept once, however often it is sent and applied', async () => {
    await Promise.all([send(chat()), send(chat()), send(chat())]);
    await run();
    await tell(chat());
    await sql('UPDATE inbound_webhooks SET applied_at = NULL');
    await sql(`INSERT INTO outbox (type, payload) SELECT 'webhook.apply', json_build_object('id', id) FROM inbound_webhooks`);
    await run();
    expect([await countRows('inbound_webhooks'), await countRows('activities'), await countRows('contacts')]).toEqual([1, 1, 1]);
    await tell(chat({ txId: 'tx-2', messages: [{ date: '2026-03-13T10:00:05.000Z' }] }));
    expect(await countRows('activities')).toBe(2);
  });

  it.each([
    [{ chatPlatform: 'instagram', contactId: 'ana.p' }, { channelType: 'INSTAGRAM', address: 'ana.p' }],
    [{ chatPlatform: 'webchat', contactId: undefined, chatIdInChatPlatform: 'w-1' }, { channelType: 'WEBCHAT', address: 'w-1' }],
    [{ chatPlatform: 'something-new', contactId: 'x' }, { channelType: 'OTHER', address: 'x' }],
  ])('of another channel: %j', async (more, address) => {
    await tell(chat(more));
    expect(await contacts()).toMatchObject([{ addresses: [address] }]);
  });

  it('is refused without the right token, and where it is no object', async () => {
    await expectError(send(chat(), { token: 'another' }), 401, 'UNAUTHORIZED');
    await expectError(running.app.client().send('POST', '//webhooks/botmaker', { body: chat() }), 401, 'UNAUTHORIZED');
    await expectError(send(chat(), { path: '/999' }), 401, 'UNAUTHORIZED');
    await expectError(send([chat()]), 400, 'INVALID_REQUEST');
    expect(await countRows('inbound_webhooks')).toBe(0);
  });

  it.each([[{}], [{ contactId: 'nonsense' }], [{ contactId: { a: 1 }, messages: 'no list', variables: 5 }]])('about nobody does no harm, and is not kept: %j', async (body) => {
    await tell(body);
    expect([await countRows('contacts'), await countRows('activities')]).toEqual([0, 0]);
    expect(await sql('SELECT payload FROM inbound_webhooks')).toEqual([{ payload: {} }]);
  });

  it('is whose number it names, of several tenants, and otherwise nobody’s', async () => {
    const other = await aTenant(running.app);
    await ok(other.api.post('/phone-numbers', { number: '+525555550199', provider: 'botmaker' }));
    await tell(chat());
    await tell(chat({ txId: 'tx-2', chatChannelId: 'unknown' }));
    expect([(await contacts()).length, (await contacts(other)).length]).toEqual([0, 1]);
    expect(await countRows('activities')).toBe(1);
  });

  it('comes to a tenant’s own connection with the tenant’s own token', async () => {
    await aTenant(running.app);
    const connection = await ok(tenant.api.put<{ id: number; webhookUrl: string; sandbox: boolean }>('/connections/botmaker', { webhookSecret: 'a-token-of-my-own' }));
    expect(connection).toMatchObject({ sandbox: false, webhookUrl: expect.stringMatching(new RegExp(`/webhooks/botmaker/${connection.id}$`)) });
    await expectError(send(chat(), { path: `/${connection.id}` }), 401, 'UNAUTHORIZED');
    await tell(chat(), { token: 'a-token-of-my-own', path: `/${connection.id}` });
    expect(await contacts()).toHaveLength(1);
    await expectFaults(tenant.api.put('/connections/botmaker', { credentials: { accessToken: 'x' } }), { 'credentials.accessToken': 'UNKNOWN_FIELD' });
  });
});
