import type { MessageDto } from '../../../src/modules/messages/dto/message.dto';
import { FILES, type SentFile, sendFile } from '../../factories/files';
import { expectError, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { until } from '../../support/until';
import { OURS, aConversationWith, once, personEnding, received, send, sendTemplate, useMessaging, withStatus } from './messaging';

describe('WhatsApp, against the sandbox', () => {
  const messaging = useMessaging();

  it('sends a template, is told of delivered and read, receives the answer, and answers with an image', async () => {
    const { tenant } = messaging;
    const ana = personEnding('5678');
    const template = await sendTemplate(tenant, ana, { variables: [{ value: 'Ana' }, { value: '$100' }] });
    expect(template).toMatchObject({ status: 'pending', direction: 'outbound', channel: 'whatsapp', type: 'template', content: 'order_ok', sender: { address: OURS, role: 'user' }, recipient: { address: ana, role: 'contact' }, errors: [] });
    // Webhooks are applied in any order: read may be known before sent.
    const read = await once(tenant, template.id, ({ sentAt, deliveredAt, readAt }) => sentAt !== null && deliveredAt !== null && readAt !== null);
    expect(read).toMatchObject({ status: 'read', providerId: expect.stringMatching(/^wamid\./) });
    const [answer] = await received(tenant, ana);
    expect(answer).toMatchObject({ status: 'received', type: 'text', content: 'Sí, me interesa.', contactId: template.contactId, conversationId: template.conversationId, sender: { displayName: 'Ana Prueba' } });
    const contact = await ok(tenant.api.get<{ firstName: string; addresses: { address: string; channelType: string }[] }>(`/contacts/${template.contactId}`));
    expect(contact).toMatchObject({ firstName: 'Ana', lastName: 'Prueba', addresses: [{ channelType: 'WHATSAPP', address: ana }] });

    const file = await ok(sendFile(tenant.api, FILES.png, 'foto.png'));
    const image = await ok(send(tenant, ana, 'Mira.', { type: 'image', fileId: file.fileId, replyToMessageId: answer?.id }));
    expect(image.attachments).toMatchObject([{ type: 'image', url: expect.stringContaining(file.fileId), mediaProcessing: { textRepresentation: { status: 'skipped' } } }]);
    await withStatus(tenant, image.id, 'read');
    const log = await ok(tenant.api.get<{ items: { communicationType: string; status: string; messageId: string; request: Record<string, unknown>; response: unknown }[] }>(`/contacts/${template.contactId}/activity`, { pageSize: 100 }));
    const kinds = log.items.map(({ communicationType, status }) => `${communicationType} ${status}`);
    expect(kinds).toEqual(expect.arrayContaining(['WhatsAppMessage ACCEPTED', 'WhatsAppMedia ACCEPTED', 'WhatsAppMessage RECEIVED', 'WhatsAppStatus SENT', 'WhatsAppStatus DELIVERED', 'WhatsAppStatus READ']));
    expect(log.items.find(({ communicationType, messageId }) => communicationType === 'WhatsAppMessage' && messageId === image.id)).toMatchObject({
      request: { method: 'POST', body: { type: 'image', image: { caption: 'Mira.' }, context: { message_id: answer?.providerId }, biz_opaque_callback_data: image.id } },
      response: { status: 200 },
    });
    expect(JSON.stringify(log)).not.toMatch(/Bearer|accessToken/);
  });

  it.each([
    ['0105', 'image', 'image/png', 'Aquí está.'],
    ['0106', 'audio', 'audio/ogg', ''],
  ])('keeps the file that a person sends: …%s %s', async (ending, type, contentType, content) => {
    const { tenant } = messaging;
    const to = personEnding(ending);
    await sendTemplate(tenant, to);
    const [answer] = await received(tenant, to);
    expect(answer).toMatchObject({ type, content, attachments: [{ type, metadata: { contentType } }] });
    const done = await once(tenant, answer?.id ?? '', ({ mediaProcessing }) => mediaProcessing?.textRepresentation.status === 'skipped');
    const url = new URL(done.attachments[0]?.url ?? '');
    const served = await messaging.app.client().send('GET', `/${url.pathname}${url.search}`);
    expect(served).toMatchObject({ status: 200, headers: { 'content-type': contentType } });
    expect(await ok(tenant.api.get<SentFile>(`/files/${done.attachments[0]?.fileId}`))).toMatchObject({ state: 'ready', contentType });
  });

  it.each([
    ['0107', 'button', 'Sí, me interesa.'],
    ['0108', 'reaction', '👍'],
    ['0109', 'location', expect.stringContaining('19.4326')],
    ['0110', 'contacts', expect.stringContaining('Luis Prueba')],
    ['0111', 'unsupported', ''],
    ['0103', 'text', 'order_ok'],
  ])('gives every kind of answer a home: …%s %s', async (ending, type, content) => {
    const to = personEnding(ending);
    const sent = await sendTemplate(messaging.tenant, to);
    const [answer] = await received(messaging.tenant, to);
    expect(answer).toMatchObject({ type, content, status: 'received', contactId: sent.contactId });
    if (type === 'reaction') expect(answer?.replyToMessageId).toBe(sent.id);
    if (type === 'unsupported') expect(answer?.errors).toMatchObject([{ code: 131051, provider: 'whatsapp' }]);
  });

  it('makes a contact of somebody who hides the phone, and writes to them', async () => {
    const { tenant } = messaging;
    await sendTemplate(tenant, personEnding('0113'));
    const answer = await until(async () => {
      const { items } = await ok(tenant.api.get<{ items: MessageDto[] }>('/messages', { filterBy: 'direction:inbound' }));
      return items[0];
    });
    expect(answer.sender.address).toMatch(/^MX\.[a-z0-9]+0113$/);
    const reply = await ok(send(tenant, answer.sender.address, 'Hola'));
    expect(reply).toMatchObject({ contactId: answer.contactId, conversationId: answer.conversationId });
    await withStatus(tenant, reply.id, 'read');
  });

  it.each([
    ['0010', 131026],
    ['1049', 131049],
    ['0014', 139999],
    ['0009', 131009],
    ['0016', 131042],
    ['2001', 132001],
  ])('…%s fails with %i, and says why', async (ending, code) => {
    const { id } = await sendTemplate(messaging.tenant, personEnding(ending));
    const message = await withStatus(messaging.tenant, id, 'failed');
    expect(message.errors).toEqual([{ code, title: expect.stringMatching(/\S/), message: expect.stringMatching(/\S/), href: expect.stringMatching(/^https:/), provider: 'whatsapp' }]);
    expect(message.failedAt).not.toBeNull();
  });

  it.each(['0005', '0013', '0006', '0011', '0015', '0018', '0008'])('…%s gets there all the same, and once', async (ending) => {
    const to = personEnding(ending);
    const { id } = await sendTemplate(messaging.tenant, to);
    await withStatus(messaging.tenant, id, 'read', 25);
    await received(messaging.tenant, to);
    // Taken once at the provider: each taking makes statuses of its own.
    expect(await countRows('activities', `communication_type = 'WhatsAppStatus' AND status = 'READ'`)).toBe(1);
    expect(await countRows('messages', `direction = 'inbound'`)).toBe(1);
  });

  it.each([
    ['0101', 'delivered'],
    ['0102', 'sent'],
    ['0007', 'sent'],
    ['0114', 'delivered'],
  ])('…%s ends as %s', async (ending, status) => {
    const { id } = await sendTemplate(messaging.tenant, personEnding(ending));
    const hasFailedOnce = ({ metadata }: MessageDto): boolean => (metadata.provider as { errors?: unknown } | undefined)?.errors !== undefined;
    const message = await once(messaging.tenant, id, (one) => one.status === status && (ending !== '0114' || hasFailedOnce(one)));
    expect(message.errors).toEqual([]);
    if (ending === '0114') expect(message.metadata).toMatchObject({ provider: { errors: [{ code: 131000 }] } });
  });

  it('knows who wants no marketing', async () => {
    const { tenant } = messaging;
    const to = personEnding('0112');
    const { id, conversationId } = await sendTemplate(tenant, to);
    expect((await withStatus(tenant, id, 'failed')).errors).toMatchObject([{ code: 131050 }]);
    await until(async () => (await ok(tenant.api.get<{ marketingOptOutAt: string | null }>(`/messaging-conversations/${conversationId}`))).marketingOptOutAt !== null);
  });

  it('takes only templates until the person has written, and for 24 hours after that anything', async () => {
    const { tenant } = messaging;
    const to = personEnding('5678');
    expect(await expectError(send(tenant, to, 'Hola'), 422, 'REENGAGEMENT_REQUIRED')).toMatchObject({ lastInboundAt: null });
    expect([await countRows('messages'), await countRows('contacts'), await countRows('outbox', `type = 'message.send'`)]).toEqual([0, 0, 0]);
    await aConversationWith(tenant, to);
    const { conversationId } = await ok(send(tenant, to, 'Hola'));
    await sql(`UPDATE messaging_conversations SET last_inbound_at = now() - interval '24 hours 1 second'`);
    await expectError(send(tenant, to, 'Hola'), 422, 'REENGAGEMENT_REQUIRED');
    expect((await ok(tenant.api.get<{ windowExpiresAt: string }>(`/messaging-conversations/${conversationId}`))).windowExpiresAt < new Date().toISOString()).toBe(true);
  });

  it('follows a conversation in its funnel: the session is found, or opened', async () => {
    const { tenant } = messaging;
    const to = personEnding('5678');
    const funnel = await ok(tenant.api.post<{ id: number }>('/funnels', { name: 'Sales', statuses: [{ name: 'New' }] }));
    const conversation = await ok(tenant.api.post<{ id: number }>('/conversations', { funnelId: funnel.id, contact: { phones: [to] } }));
    const sent = await sendTemplate(tenant, to);
    const [answer] = await received(tenant, to);
    expect(sent).toMatchObject({ funnelConversationId: conversation.id, sessionId: expect.any(Number) });
    expect(answer).toMatchObject({ funnelConversationId: conversation.id, sessionId: sent.sessionId });
    expect(await sql(`SELECT channel_type, messaging_conversation_id FROM channel_sessions WHERE channel_type = 'WHATSAPP'`)).toEqual([{ channel_type: 'WHATSAPP', messaging_conversation_id: sent.conversationId }]);
  });

  it("takes the documents' own sample number, which no country has", async () => {
    const { tenant } = messaging;
    const { conversationId, contactId } = await sendTemplate(tenant, '+1234567890');
    expect((await received(tenant, '+1234567890'))[0]).toMatchObject({ conversationId, contactId });
    await withStatus(tenant, (await ok(send(tenant, '+1234567890', 'Hola'))).id, 'read');
  });

  it('lists messages in pages, by who, how far and what', async () => {
    const { tenant } = messaging;
    const to = personEnding('0104');
    for (let n = 0; n < 3; n++) await sendTemplate(tenant, to);
    await until(async () => (await countRows('messages', `status = 'read'`)) === 3);
    type Page = { items: MessageDto[]; nextPageToken?: string; totalCount: number };
    const first = await ok(tenant.api.get<Page>('/messages', { pageSize: 2, filterBy: `status:read;to:${to}` }));
    const second = await ok(tenant.api.get<Page>('/messages', { pageSize: 2, filterBy: `status:read;to:${to}`, pageToken: first.nextPageToken }));
    expect([first.totalCount, first.items.length, second.items.length, second.nextPageToken]).toEqual([3, 2, 1, undefined]);
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(3);
    expect((await ok(tenant.api.get<Page>('/messages', { filterBy: `contactId:${first.items[0]?.contactId};direction:outbound`, searchBy: 'ORDER' }))).totalCount).toBe(3);
  });

  it('serves a tenant whose own connection is the sandbox, under its own webhook', async () => {
    const { tenant } = messaging;
    await ok(tenant.api.put('/connections/whatsapp', { credentials: null }));
    const to = personEnding('5678');
    const { id } = await sendTemplate(tenant, to);
    await withStatus(tenant, id, 'read');
    await received(tenant, to);
    expect(await sql(`SELECT DISTINCT connection_id IN (SELECT id FROM connections WHERE tenant_id IS NOT NULL) AS own FROM inbound_webhooks`)).toEqual([{ own: true }]);
  });
});
