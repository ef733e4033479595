import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import type { MessageDto } from '../../../src/modules/messages/dto/message.dto';
import { expectError, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { until } from '../../support/until';
import { OURS, aMessagingTenant, bodyOf, useMessaging } from './messaging';

const ANA = '5215512345678';
const AT = '1749416383';
const text = (id: string, body = 'Hola', from = ANA) => ({ from, id, timestamp: AT, type: 'text', text: { body } });
const profile = (waId = ANA, name = 'Ana Pérez') => ({ profile: { name }, wa_id: waId });

describe('What WhatsApp tells', () => {
  const messaging = useMessaging({ settings: { WHATSAPP_ACCESS_TOKEN: 'the-token', WHATSAPP_APP_SECRET: 'the-secret', WHATSAPP_VERIFY_TOKEN: 'the-word', WHATSAPP_BASE_URL: 'http://127.0.0.1:1' } });
  const applied = () => until(async () => (await countRows('inbound_webhooks', 'applied_at IS NULL')) === 0);
  const tell = async (...values: Record<string, unknown>[]): Promise<void> => {
    expect(await messaging.webhook(values)).toBe(200);
    await applied();
  };
  const messages = async (): Promise<MessageDto[]> => (await ok(messaging.tenant.api.get<{ items: MessageDto[] }>('/messages', { sortBy: 'createdAt=asc' }))).items;

  it('is asked whether the url is ours', async () => {
    const ask = (query: Record<string, string>, path = '//webhooks/whatsapp') => messaging.app.client().send<string>('GET', path, { query });
    const good = { 'hub.mode': 'subscribe', 'hub.verify_token': 'the-word', 'hub.challenge': '1158201444' };
    expect(await ask(good)).toMatchObject({ status: 200, body: '1158201444', headers: { 'content-type': 'text/plain; charset=utf-8' } });
    for (const bad of [{ ...good, 'hub.verify_token': 'other' }, { ...good, 'hub.mode': 'unsubscribe' }, { 'hub.challenge': '1' }, {}]) await expectError(ask(bad as Record<string, string>), 403, 'FORBIDDEN');
    await expectError(ask(good, '//webhooks/whatsapp/999'), 403, 'FORBIDDEN');
  });

  it('is taken only with the right signature over the very bytes, and a forged one leaves no trace', async () => {
    const body = bodyOf([{ contacts: [profile()], messages: [text('wamid.1', 'Mañana')] }]).replace('ñ', '\\u00f1');
    const post = (raw: string, signature?: string, path = '//webhooks/whatsapp') =>
      messaging.app.client().send('POST', path, { raw, headers: { 'content-type': 'application/json', ...(signature && { 'x-hub-signature-256': signature }) } });
    const sign = (raw: string, secret = 'the-secret') => `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`;
    for (const [raw, signature, path] of [
      [body, undefined],
      [body, 'sha256='],
      [body, sign(body, 'other')],
      [body, sign(JSON.stringify(JSON.parse(body)))],
      [`${body} `, sign(body)],
      [body, sign(body), '//webhooks/whatsapp/999'],
      [body, sign(body), '//webhooks/whatsapp/x'],
    ] as const) {
      await expectError(post(raw, signature, path), 401, 'UNAUTHORIZED');
    }
    expect([await countRows('inbound_webhooks'), await countRows('outbox'), await countRows('messages')]).toEqual([0, 0, 0]);
    expect((await post(body, sign(body))).status).toBe(200);
    await applied();
    expect(await messages()).toMatchObject([{ content: 'Mañana', status: 'received', direction: 'inbound', createdAt: '2025-06-08T20:59:43.000Z', sender: { address: '+525512345678', providerId: ANA, displayName: 'Ana Pérez' }, recipient: { address: OURS } }]);
  });

  it('comes in several entries, several times, and is one message, one contact, one conversation', async () => {
    const all = [{ contacts: [profile()], messages: [text('wamid.1', 'uno'), text('wamid.2', 'dos')] }, { contacts: [profile()], messages: [text('wamid.3', 'tres')] }];
    await Promise.all([...Array.from({ length: 4 }, () => messaging.webhook(all)), messaging.webhook([all[1] as Record<string, unknown>])]);
    await applied();
    expect((await messages()).map(({ content }) => content).sort()).toEqual(['dos', 'tres', 'uno']);
    expect([await countRows('contacts'), await countRows('messaging_conversations'), await countRows('inbound_webhooks'), await countRows('activities')]).toEqual([1, 1, 3, 3]);
  });

  it('finds whom it is from, however the number was written', async () => {
    const { id } = await ok(messaging.tenant.api.post<{ id: number }>('/contacts', { firstName: 'Anita', addresses: [{ channelType: 'PHONE', address: '55 1234 5678' }] }));
    await tell({ contacts: [profile()], messages: [text('wamid.1')] });
    expect(await messages()).toMatchObject([{ contactId: id }]);
    expect(await ok(messaging.tenant.api.get(`/contacts/${id}`))).toMatchObject({ firstName: 'Anita', lastName: 'Pérez' });
  });

  it('is matched by WhatsApp’s own id, once that has been seen beside the phone', async () => {
    const userId = 'MX.13491208655302741918';
    await tell({ contacts: [{ ...profile(), user_id: userId }], messages: [{ ...text('wamid.1'), from_user_id: userId }] });
    await tell({ contacts: [{ profile: { name: 'Ana' }, user_id: userId }], messages: [{ ...text('wamid.2'), from: undefined, from_user_id: userId }] });
    const [first, second] = await messages();
    expect(second?.contactId).toBe(first?.contactId);
    expect(second?.sender.address).toBe(userId);
    expect(await sql('SELECT channel_type, address FROM contact_addresses ORDER BY id')).toEqual([
      { channel_type: 'WHATSAPP', address: '+525512345678' },
      { channel_type: 'WHATSAPP', address: userId },
    ]);
  });

  it('has a home also where the number is none', async () => {
    await tell({ contacts: [profile('99999')], messages: [text('wamid.1', 'Hola', '99999')] });
    expect(await messages()).toMatchObject([{ content: 'Hola', contactId: null, sender: { address: '+99999' } }]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['image', { image: { id: '1', mime_type: 'image/jpeg', sha256: 'x', caption: 'Mira' } }, { content: 'Mira', attachments: [{ type: 'image', metadata: { contentType: 'image/jpeg', sha256: 'x' } }] }],
    ['audio', { audio: { id: '1', mime_type: 'audio/ogg; codecs=opus', voice: true } }, { content: '', attachments: [{ type: 'audio', metadata: { contentType: 'audio/ogg', voice: true } }] }],
    ['document', { document: { id: 1, filename: 'a.pdf' } }, { attachments: [{ type: 'document', metadata: { fileName: 'a.pdf' } }] }],
    ['sticker', { sticker: { id: '1', mime_type: 'image/webp' } }, { attachments: [{ type: 'sticker' }] }],
    ['location', { location: { latitude: 1, longitude: 2 } }, { content: '{"latitude":1,"longitude":2}' }],
    ['contacts', { contacts: [{ name: { formatted_name: 'L' } }] }, { content: expect.stringContaining('"L"') }],
    ['interactive', { interactive: { type: 'button_reply', button_reply: { id: 'y', title: 'Sí' } } }, { content: 'Sí' }],
    ['interactive', { interactive: { type: 'list_reply', list_reply: { id: 'y', title: 'Uno' } } }, { content: 'Uno' }],
    ['interactive', { interactive: { type: 'nfm_reply', nfm_reply: { body: 'Sent', response_json: '{}' } } }, { content: 'Sent' }],
    ['button', { button: { payload: 'YES', text: 'Sí' } }, { content: 'Sí' }],
    ['reaction', { reaction: { message_id: 'wamid.0', emoji: '👍' } }, { content: '👍', replyToMessageId: null }],
    ['order', { order: { catalog_id: '1', product_items: [] } }, { content: expect.stringContaining('catalog_id') }],
    ['system', { system: { body: 'Ana changed', type: 'user_changed_number', wa_id: '5215599998888' } }, { content: 'Ana changed', sender: { role: 'system' } }],
    ['unsupported', { errors: [{ code: 131051, title: 'Unknown', error_data: { details: 'no' } }] }, { errors: [{ code: 131051, message: 'no' }] }],
    ['unknown', {}, { content: '' }],
    ['request_welcome', {}, { type: 'unknown' }],
    ['text', { context: { id: 'wamid.0', from: '1' }, referral: { ctwa_clid: 'c' } }, { content: '' }],
  ])('%s %j has a home', async (type, part, expected) => {
    await tell({ contacts: [profile()], messages: [{ from: ANA, id: 'wamid.1', timestamp: AT, type, ...part }] });
    expect(await messages()).toMatchObject([{ type: type === 'request_welcome' ? 'unknown' : type, status: 'received', ...expected }]);
    expect(await countRows('activities', `status = 'RECEIVED'`)).toBe(1);
    if (type === 'system') expect(await sql('SELECT address FROM contact_addresses ORDER BY id')).toEqual([{ address: '+525512345678' }, { address: '+525599998888' }]);
    expect(await countRows('messaging_conversations', 'last_inbound_at IS NOT NULL')).toBe(type === 'system' ? 0 : 1);
  });

  it('says of a file that cannot be had that it cannot', async () => {
    await tell({ contacts: [profile()], messages: [{ from: ANA, id: 'wamid.1', timestamp: AT, type: 'image', image: { id: '1' } }] });
    const [message] = await messages();
    expect(message?.attachments).toMatchObject([{ mediaProcessing: { textRepresentation: { status: 'pending' } } }]);
    await expectError(messaging.tenant.api.send('GET', `/files/${message?.attachments[0]?.fileId}/content`), 403, 'LINK_EXPIRED');
  });

  it('concerns one tenant: whose number it is, the first of two that claim it, on the connection that serves it', async () => {
    const other = await aMessagingTenant(messaging.app);
    const own = await aMessagingTenant(messaging.app);
    await ok(own.api.put('/connections/whatsapp', { credentials: { accessToken: 'a', appSecret: 'own-secret', verifyToken: 'v' } }));
    await tell({ contacts: [profile()], messages: [text('wamid.1')] });
    const [connection] = await sql<{ id: number }>('SELECT id FROM connections WHERE tenant_id = $1', [own.id]);
    expect(await messaging.webhook([{ contacts: [profile()], messages: [text('wamid.2')] }], { secret: 'own-secret', path: `/webhooks/whatsapp/${connection?.id}` })).toBe(200);
    expect(await messaging.webhook([{ contacts: [profile()], messages: [text('wamid.3')] }], { path: `/webhooks/whatsapp/${connection?.id}` })).toBe(401);
    await applied();
    expect(await sql('SELECT tenant_id, provider_id FROM messages ORDER BY provider_id')).toEqual([
      { tenant_id: Number(messaging.tenant.id), provider_id: 'wamid.1' },
      { tenant_id: Number(own.id), provider_id: 'wamid.2' },
    ]);
    expect(await countRows('contacts', `tenant_id = ${other.id}`)).toBe(0);
  });

  it('changes nothing of another account: a status of the environment’s settles no message of a tenant’s own', async () => {
    const own = await aMessagingTenant(messaging.app);
    await ok(own.api.put('/connections/whatsapp', { credentials: { accessToken: 'a', appSecret: 'own-secret', verifyToken: 'v' } }));
    await sql(`INSERT INTO messaging_conversations (tenant_id, our_number, address, identity) VALUES ($1, '1', '2', '2')`, [own.id]);
    await sql(
      `INSERT INTO messages (id, tenant_id, messaging_conversation_id, connection_id, direction, type, status, sender, recipient)
       SELECT 'msg_theirs', $1, g.id, c.id, 'outbound', 'text', 'sent', '{}', '{}' FROM messaging_conversations g, connections c WHERE g.tenant_id = $1 AND c.tenant_id = $1`,
      [own.id],
    );
    await tell({ statuses: [{ id: 'wamid.x', status: 'read', timestamp: AT, recipient_id: '2', biz_opaque_callback_data: 'msg_theirs' }] });
    expect(await sql('SELECT status FROM messages')).toEqual([{ status: 'sent' }]);
  });

  it('makes one contact of many first messages at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => messaging.webhook([{ contacts: [profile()], messages: [text(`wamid.${n}`)] }])));
    await applied();
    expect([await countRows('messages'), await countRows('contacts'), await countRows('messaging_conversations')]).toEqual([20, 1, 1]);
  });

  it('can be anything at all, and is answered 200 and applied', async () => {
    // A key __proto__ is refused of everybody, as 400.
    const anything = fc.anything({ maxDepth: 3, withNullPrototype: false, key: fc.string().filter((key) => key !== '__proto__') });
    const kinds = fc.constantFrom('text', 'image', 'interactive', 'system', 'contacts', 'reaction', 'order', 'x');
    const message = kinds.chain((type) => fc.record({ id: fc.string(), from: fc.oneof(fc.constant(ANA), fc.string(), anything), timestamp: fc.oneof(fc.constant(AT), anything), type: fc.constant(type), [type]: anything, context: anything, errors: anything }));
    const value = fc.record({ contacts: fc.oneof(fc.constant([profile()]), anything), messages: fc.array(message, { maxLength: 3 }), statuses: fc.array(fc.record({ id: fc.string(), status: fc.constantFrom('sent', 'read', 'failed', 'x'), errors: anything, timestamp: anything, biz_opaque_callback_data: anything })), user_preferences: anything });
    for (const one of fc.sample(value, 40)) expect(await messaging.webhook([JSON.parse(JSON.stringify(one)) as Record<string, unknown>])).toBe(200);
    for (const raw of ['[]', '"x"', 'null', '{"entry":5}', '{"entry":[{"changes":[{"value":null}]}]}', '{}']) {
      const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${createHmac('sha256', 'the-secret').update(raw).digest('hex')}` };
      expect((await messaging.app.client().send('POST', '//webhooks/whatsapp', { raw, headers })).status).toBe(200);
    }
    await until(async () => (await countRows('inbound_webhooks', 'applied_at IS NULL')) === 0);
    expect(await sql('SELECT last_error FROM outbox WHERE last_error IS NOT NULL AND type = $1', ['webhook.apply'])).toEqual([]);
  });
});
