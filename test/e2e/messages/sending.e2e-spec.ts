import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageDto } from '../../../src/modules/messages/dto/message.dto';
import { MessageTimings } from '../../../src/modules/messages/message-timings';
import { FILES, sendFile } from '../../factories/files';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useLoopbackServer } from '../../support/loopback-server';
import { until } from '../../support/until';
import { Graph, accepted, refused } from './graph';
import { OURS, personEnding, send, sendTemplate, useMessaging, withStatus } from './messaging';

const PERSON = '+525512345678';

describe('Messages, on their way to WhatsApp', () => {
  const server = useLoopbackServer();
  const settings = { WHATSAPP_ACCESS_TOKEN: 'the-token', WHATSAPP_APP_SECRET: 'the-secret', WHATSAPP_VERIFY_TOKEN: 'the-word', WHATSAPP_BASE_URL: 'http://127.0.0.1:1' };
  const messaging = useMessaging({ settings, timings: { pairMs: 300, pairBurst: 5, silenceMs: 700, numberMs: 1 } });
  let graph: Graph;
  beforeEach(async () => {
    graph = new Graph(server);
    await sql(`INSERT INTO connections (provider, base_url) VALUES ('whatsapp', $1) ON CONFLICT (tenant_id, provider) DO UPDATE SET base_url = excluded.base_url`, [server.url]);
  });

  /** As if the person had just written. */
  const openWindow = async (to = PERSON): Promise<void> => {
    await sql(
      `INSERT INTO messaging_conversations (tenant_id, our_number, address, identity, last_inbound_at) VALUES ($1, $2, $3, $3, now())
       ON CONFLICT (identity, our_number, tenant_id) DO UPDATE SET last_inbound_at = now()`,
      [messaging.tenant.id, OURS, to],
    );
  };
  const sent = async (to: string, content: string, more: Record<string, unknown> = {}): Promise<MessageDto> => withStatus(messaging.tenant, (await ok(send(messaging.tenant, to, content, more))).id, 'sent');

  it('go as the Cloud API wants them', async () => {
    await openWindow();
    const { id } = await sent(PERSON, 'Hola');
    expect(graph.messages).toMatchObject([
      {
        path: '/v23.0/106540352242922/messages',
        authorization: 'Bearer the-token',
        body: { messaging_product: 'whatsapp', recipient_type: 'individual', to: '525512345678', type: 'text', text: { body: 'Hola', preview_url: false }, biz_opaque_callback_data: id },
      },
    ]);
    // From then on, by the name that WhatsApp gave them.
    await sent(PERSON, 'https://example.com');
    expect(graph.messages[1]?.body).toMatchObject({ to: '5215512345678', text: { preview_url: true } });
  });

  it.each([
    ['location', { latitude: 19.4, longitude: -99.1, name: 'Zócalo' }],
    ['contacts', [{ name: { formatted_name: 'Luis' }, phones: [{ phone: '+525511112222', type: 'WORK' }] }]],
    ['interactive', { type: 'button', body: { text: '¿Sí?' }, action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Sí' } }] } }],
    ['interactive', { type: 'list', header: { type: 'text', text: 'H' }, body: { text: 'B' }, footer: { text: 'F' }, action: { button: 'Ver', sections: [{ title: 'S', rows: [{ id: '1', title: 'Uno', description: 'D' }] }] } }],
    ['reaction', { message_id: 'wamid.x', emoji: '👍' }],
  ])('%s is the object that was given', async (type, object) => {
    await openWindow();
    const message = await sent(PERSON, JSON.stringify(object), { type });
    expect(graph.messages[0]?.body).toMatchObject({ type, [type]: object });
    expect(message).toMatchObject({ type, content: JSON.stringify(object) });
  });

  it('a reaction names our message by our id, too', async () => {
    await openWindow();
    const first = await sent(PERSON, 'Hola');
    await sent(PERSON, JSON.stringify({ message_id: first.id, emoji: '' }), { type: 'reaction' });
    expect(graph.messages[1]?.body.reaction).toEqual({ message_id: first.providerId, emoji: '' });
    await expectFaults(send(messaging.tenant, PERSON, JSON.stringify({ message_id: 'msg_none', emoji: '' }), { type: 'reaction' }), { 'content.message_id': 'INVALID_VALUE' });
  });

  it('templates carry their variables, or their components', async () => {
    const user = await aUser(messaging.tenant.api);
    const one = await sendTemplate(messaging.tenant, PERSON, { variables: [{ value: 'Ana' }, { value: '$5' }], userId: String(user.id), customFields: { campaign: 'spring' } });
    expect(one).toMatchObject({ userId: String(user.id), customFields: { campaign: 'spring' } });
    const components = [
      { type: 'header', parameters: [{ type: 'image', image: { link: 'https://example.com/a.png' } }] },
      { type: 'body', parameters: [{ type: 'currency', currency: { fallback_value: '$1', code: 'MXN', amount_1000: 1000 } }, { type: 'date_time', date_time: { fallback_value: 'hoy' } }] },
      { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'YES' }] },
    ];
    await withStatus(messaging.tenant, (await sendTemplate(messaging.tenant, PERSON, { components })).id, 'sent');
    expect(graph.messages.map(({ body }) => body.template)).toEqual([
      { name: 'order_ok', language: { policy: 'deterministic', code: 'es_MX' }, components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }, { type: 'text', text: '$5' }] }] },
      { name: 'order_ok', language: { policy: 'deterministic', code: 'es_MX' }, components },
    ]);
  });

  it('a file is uploaded once, and again once WhatsApp has forgotten it', async () => {
    await openWindow();
    const { fileId } = await ok(sendFile(messaging.tenant.api, FILES.pdf, 'contrato.pdf'));
    await sent(PERSON, 'Léelo', { type: 'document', fileId });
    await sent(PERSON, '', { type: 'document', fileId });
    expect(graph.uploads).toHaveLength(1);
    expect(graph.uploads[0]?.raw.includes(FILES.pdf)).toBe(true);
    expect(graph.uploads[0]?.raw.toString('latin1')).toMatch(/name="type"\r\n\r\napplication\/pdf[^]*filename="contrato.pdf"/);
    expect(graph.messages.map(({ body }) => body.document)).toEqual([{ id: 'media-1', filename: 'contrato.pdf', caption: 'Léelo' }, { id: 'media-1', filename: 'contrato.pdf' }]);
    let forgot = true;
    graph.onMessage = () => (forgot ? ((forgot = false), { status: 400, body: { error: { code: 100, message: "Param document['id'] is not a valid whatsapp business account media attachment ID" } } }) : accepted());
    await sent(PERSON, '', { type: 'document', fileId });
    expect(graph.messages.at(-1)?.body.document).toMatchObject({ id: 'media-2' });
    await sql(`UPDATE uploaded_media SET expires_at = now()`);
    await sent(PERSON, '', { type: 'document', fileId });
    expect(graph.messages.at(-1)?.body.document).toMatchObject({ id: 'media-3' });
  });

  it('leave in the order in which they were accepted, and one at a time', async () => {
    await openWindow();
    await sql(`UPDATE messaging_conversations SET paced_until = now() - interval '1 hour'`);
    let under = 0;
    let most = 0;
    graph.onMessage = async ({ body }) => {
      most = Math.max(most, ++under);
      await sleep(body.text?.body === '0' ? 200 : Math.random() * 20);
      under--;
      return accepted();
    };
    for (let n = 0; n < 5; n++) await ok(send(messaging.tenant, PERSON, String(n)));
    await until(async () => (await countRows('messages', `status = 'sent'`)) === 5);
    expect(graph.messages.map(({ body }) => body.text?.body)).toEqual(['0', '1', '2', '3', '4']);
    expect(most).toBe(1);
  });

  it('are held by whoever sends them for as long as that takes, and no longer than a moment by one who has died', async () => {
    const timings = messaging.app.nest.get(MessageTimings);
    const { leaseMs } = timings;
    timings.leaseMs = 1200;
    try {
      await openWindow();
      let under = 0;
      let most = 0;
      graph.onMessage = async ({ body }) => {
        most = Math.max(most, ++under);
        if (body.text?.body === '0') await sleep(3000);
        under--;
        return accepted();
      };
      const { conversationId } = await ok(send(messaging.tenant, PERSON, '0'));
      await until(async () => graph.messages.length === 1);
      await ok(send(messaging.tenant, PERSON, '1'));
      await sleep(2500); // more than two leases
      expect(await countRows('messaging_conversations', `id = ${Number(conversationId)} AND leased_until > now() AND leased_until < now() + interval '1201 ms'`)).toBe(1);
      await until(async () => (await countRows('messages', `status = 'sent'`)) === 2);
      expect([most, graph.messages.map(({ body }) => body.text?.body)]).toEqual([1, ['0', '1']]);
      expect(await countRows('messaging_conversations', 'leased_until IS NOT NULL')).toBe(0);
    } finally {
      timings.leaseMs = leaseMs;
    }
  });

  it('do not wait for those to somebody else', async () => {
    const [slow, fast] = [personEnding('1111'), personEnding('2222')];
    await openWindow(slow);
    await openWindow(fast);
    graph.onMessage = async ({ body }) => {
      if (body.to?.endsWith('1111')) await sleep(2500);
      return accepted();
    };
    const waiting = await ok(send(messaging.tenant, slow, 'a'));
    await sent(fast, 'b');
    expect(await ok(messaging.tenant.api.get(`/messages/${waiting.id}`))).toMatchObject({ status: 'pending' });
  });

  it('keep the pace of the pair: a burst, then one at a time', async () => {
    await openWindow();
    const times: number[] = [];
    graph.onMessage = () => (times.push(Date.now()), accepted());
    for (let n = 0; n < 8; n++) await ok(send(messaging.tenant, PERSON, String(n)));
    await until(async () => (await countRows('messages', `status = 'sent'`)) === 8);
    expect((times[4] ?? 0) - (times[0] ?? 0)).toBeLessThan(4 * 300);
    expect((times[7] ?? 0) - (times[4] ?? 0)).toBeGreaterThan(500);
  });

  it.each([
    ['too many of the number', 130429, 400],
    ['too many to the person', 131056, 400],
    ['an outage', 131016, 503],
    ['something went wrong', 131000, 500],
  ])('%s (%i) is tried again', async (_, code, status) => {
    await openWindow();
    graph.onMessage = () => (graph.messages.length < 3 ? refused(code, status) : accepted());
    const message = await sent(PERSON, 'Hola');
    expect(graph.messages).toHaveLength(3);
    expect(message.errors).toEqual([]);
    const log = await sql<{ status: string }>('SELECT status FROM activities WHERE message_id = $1 ORDER BY id', [message.id]);
    expect(log.map((entry) => entry.status)).toEqual(['LATER', 'LATER', 'ACCEPTED']);
  });

  it.each([131026, 131049, 132000, 190, 368, 100, 999999])('%i fails at once, and the next goes', async (code) => {
    await openWindow();
    graph.onMessage = ({ body }) => (body.text?.body === 'bad' ? refused(code) : accepted());
    const bad = await ok(send(messaging.tenant, PERSON, 'bad'));
    await sent(PERSON, 'good');
    expect(await ok(messaging.tenant.api.get(`/messages/${bad.id}`))).toMatchObject({ status: 'failed', errors: [{ code, message: `details of ${code}`, provider: 'whatsapp' }] });
    expect(graph.messages).toHaveLength(2);
  });

  it.each([
    ['a reset', 'reset' as const],
    ['a page with 502', { status: 502, body: '<html>' }],
    ['an answer without an id', { status: 200, body: {} }],
  ])('after %s a status settles it, and it is not sent again', async (_, answer) => {
    await openWindow();
    graph.onMessage = () => answer;
    const { id } = await ok(send(messaging.tenant, PERSON, 'Hola'));
    await until(async () => (await countRows('activities', `status = 'UNKNOWN'`)) === 1);
    await messaging.webhook([{ statuses: [{ id: 'wamid.late', status: 'delivered', timestamp: '1749416383', recipient_id: '5215512345678', biz_opaque_callback_data: id }] }]);
    expect(await withStatus(messaging.tenant, id, 'delivered')).toMatchObject({ providerId: 'wamid.late' });
    await sleep(1000);
    expect(graph.messages).toHaveLength(1);
  });

  it('after a reset and a long silence it is sent again', async () => {
    await openWindow();
    const start = Date.now();
    graph.onMessage = () => (graph.messages.length === 1 ? 'reset' : accepted());
    await sent(PERSON, 'Hola');
    expect(Date.now() - start).toBeGreaterThan(650);
    expect(graph.messages).toHaveLength(2);
  });

  it('a crash between the request and the commit is a silence, too', async () => {
    await openWindow();
    graph.onMessage = () => 'reset';
    const { id, conversationId } = await ok(send(messaging.tenant, PERSON, 'Hola'));
    await until(async () => graph.messages.length === 1);
    // As a process that died leaves it: asked, leased, and its job still there.
    await sql(`UPDATE messages SET asked_at = now() WHERE id = $1`, [id]);
    await sql(`UPDATE messaging_conversations SET leased_until = now() + interval '300 ms' WHERE id = $1`, [conversationId]);
    graph.onMessage = accepted;
    await withStatus(messaging.tenant, id, 'sent');
    expect(graph.messages).toHaveLength(2);
  });

  it('fail where the number they were to go out by is gone', async () => {
    await openWindow();
    graph.onMessage = () => (graph.messages.length < 3 ? refused(131016, 503) : accepted());
    const { id } = await ok(send(messaging.tenant, PERSON, 'Hola'));
    await sql('DELETE FROM phone_numbers');
    expect((await withStatus(messaging.tenant, id, 'failed')).errors).toMatchObject([{ provider: 'llamador', message: expect.stringContaining('deleted') }]);
  });

  it('are accepted once for one Idempotency-Key', async () => {
    await openWindow();
    const body = { fromPhoneNumber: OURS, toPhoneNumber: PERSON, type: 'text', content: 'Hola' };
    const answers = [await messaging.tenant.api.post<MessageDto>('/messages/whatsapp', body, { 'idempotency-key': 'k' }), await messaging.tenant.api.post<MessageDto>('/messages/whatsapp', body, { 'idempotency-key': 'k' })];
    expect(answers.map(({ body: { id } }) => id)).toEqual([answers[0]?.body.id, answers[0]?.body.id]);
    expect(await countRows('messages')).toBe(1);
  });

  it('media is uploaded once for one Idempotency-Key, and with no transaction open meanwhile', async () => {
    const body = { fromPhoneNumber: OURS, fileName: 'a.png', contentType: 'image/png', content: FILES.png.toString('base64') };
    const upload = (sent: object = body) => messaging.tenant.api.post('/messages/whatsapp/media', sent, { 'idempotency-key': 'k' });
    let open: unknown[] = [];
    graph.onUpload = async () => {
      open = await sql(`SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`);
      return { body: { id: 'media-1' } };
    };
    const first = await ok(upload());
    expect(open).toEqual([]);
    const again = await upload();
    expect([again.body, again.headers['idempotency-replayed']]).toEqual([first, 'true']);
    await expectError(upload({ ...body, fileName: 'b.png' }), 422, 'IDEMPOTENCY_KEY_REUSED');
    expect([graph.uploads.length, await countRows('files')]).toEqual([1, 1]);
  });

  it('media can be uploaded before: in the request, or from the files', async () => {
    const { api } = messaging.tenant;
    const inline = { fromPhoneNumber: OURS, fileName: 'a.png', contentType: 'image/png', content: `data:image/png;base64,${FILES.png.toString('base64')}`, tags: { a: 'b' } };
    const uploaded = await ok(api.post<{ fileId: string; mediaId: string }>('/messages/whatsapp/media', inline));
    expect(uploaded).toEqual({ url: expect.stringContaining('signature='), size: FILES.png.length, fileName: 'a.png', contentType: 'image/png', fileId: expect.stringMatching(/^file_/), mediaId: 'media-1', tags: { a: 'b' } });
    expect(await ok(api.post('/messages/whatsapp/media', { fromPhoneNumber: OURS, fileId: uploaded.fileId }))).toMatchObject({ mediaId: 'media-1' });
    expect(graph.uploads).toHaveLength(1);
    graph.onUpload = () => refused(131053);
    expect(await expectError(api.post('/messages/whatsapp/media', inline), 422, 'MEDIA_REFUSED')).toMatchObject({ providerError: { code: 131053 } });
    graph.onUpload = () => refused(131016, 503);
    await expectError(api.post('/messages/whatsapp/media', inline), 503, 'SERVICE_UNAVAILABLE');
    const media = (more: object) => api.post('/messages/whatsapp/media', { fromPhoneNumber: OURS, ...more });
    await expectFaults(media({}), { fileId: 'REQUIRED_FIELD' });
    await expectFaults(media({ fileName: 'a.png', content: 'AAAA' }), { contentType: 'REQUIRED_FIELD' });
    await expectFaults(media({ fileId: uploaded.fileId, fileName: 'a' }), { fileName: 'INVALID_VALUE' });
    for (const content of ['not base64!', 'AAA', 'data:,']) await expectFaults(media({ fileName: 'a', contentType: 'text/plain', content }), { content: 'INVALID_FORMAT' });
    await expectFaults(media({ fileName: 'a.gif', contentType: 'image/gif', content: Buffer.from('GIF89a').toString('base64') }), { fileId: 'INVALID_VALUE' });
    await expectError(media({ fileId: 'file_none' }), 404, 'FILE_NOT_FOUND');
    await expectError(api.post('/messages/whatsapp/media', { fromPhoneNumber: '+525500000000', fileId: uploaded.fileId }), 422, 'SENDER_NOT_FOUND');
  });
});
