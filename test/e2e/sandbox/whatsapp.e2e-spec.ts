import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { registerSandbox } from '../../../src/sandbox/sandbox';
import { CREDENTIALS } from './stage';
import { until } from '../../support/until';
import { FILES } from '../../factories/files';

interface Told {
  url: string;
  signature: string;
  raw: string;
  value: Record<string, unknown> & { statuses?: Record<string, unknown>[]; messages?: Record<string, unknown>[] };
}

const { accessToken, appSecret } = CREDENTIALS.whatsapp;
const TEMPLATE = { type: 'template', template: { name: 'order_ok', language: { code: 'es_MX' } } };

describe("The sandbox's WhatsApp", () => {
  let server: FastifyInstance;
  let url: string;
  let folder: string;
  let told: Told[];
  let port = 0;

  /** At the port where it was before, if any: webhooks go where the request came to. */
  const start = async (speed = 50): Promise<void> => {
    server = fastify();
    registerSandbox(server, { credentials: CREDENTIALS, speed, journalFolder: folder });
    await server.register(async (webhooks) => {
      webhooks.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => done(null, body));
      webhooks.post('/webhooks/*', async (request) => {
        const raw = request.body as string;
        const { entry } = JSON.parse(raw) as { entry: { changes: { value: Told['value'] }[] }[] };
        told.push({ url: request.url, signature: String(request.headers['x-hub-signature-256']), raw, value: entry[0]?.changes[0]?.value as Told['value'] });
        return {};
      });
    });
    await server.listen({ port, host: '127.0.0.1' });
    port = (server.server.address() as { port: number }).port;
    url = `http://127.0.0.1:${port}/sandbox/whatsapp`;
  };
  beforeEach(async () => {
    told = [];
    port = 0;
    folder = mkdtempSync(join(tmpdir(), 'llamador-test-sandbox-'));
    await start();
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const post = async (path: string, body: unknown, token = accessToken) => {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${url}/v23.0/${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}`, ...(!isForm && { 'content-type': 'application/json' }) }, body: isForm ? body : JSON.stringify(body) });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as { messages?: { id: string }[]; id?: string; error?: { code: number; error_data?: { details: string } } } };
  };
  const send = (to: string, message: Record<string, unknown> = TEMPLATE, token?: string) => post('106/messages', { messaging_product: 'whatsapp', to, ...message }, token);
  const form = (content: Buffer, type: string, product = 'whatsapp') => {
    const data = new FormData();
    data.set('messaging_product', product);
    data.set('type', type);
    data.set('file', new Blob([new Uint8Array(content)], { type }), 'a.bin');
    return data;
  };
  const statuses = () => told.flatMap(({ value }) => value.statuses ?? []);

  it('takes a message, and tells of its life, signed, to the url of the app', async () => {
    const { status, body } = await send('525512345678', { ...TEMPLATE, biz_opaque_callback_data: 'msg_1' });
    expect([status, body]).toEqual([200, { messaging_product: 'whatsapp', contacts: [{ input: '525512345678', wa_id: '5215512345678' }], messages: [{ id: expect.stringMatching(/^wamid\./), message_status: 'accepted' }] }]);
    await until(async () => told.length === 4);
    expect(statuses().map((one) => [one.status, one.biz_opaque_callback_data, one.recipient_id, one.id])).toEqual(['sent', 'delivered', 'read'].map((name) => [name, 'msg_1', '5215512345678', body.messages?.[0]?.id]));
    expect(told[3]?.value).toMatchObject({ metadata: { phone_number_id: '106' }, contacts: [{ profile: { name: 'Ana Prueba' }, wa_id: '5215512345678' }], messages: [{ from: '5215512345678', type: 'text', text: { body: 'Sí, me interesa.' } }] });
    for (const { raw, signature, url: at } of told) {
      expect(signature).toBe(`sha256=${createHmac('sha256', appSecret).update(raw).digest('hex')}`);
      expect(at).toBe('/webhooks/whatsapp');
    }
    expect(told[3]?.raw).toContain('S\\u00ed');
  });

  it('knows its apps by their tokens, and nobody else', async () => {
    await send('525512345678', TEMPLATE, `${accessToken}.17`);
    await until(async () => told.length > 0);
    expect(told[0]?.url).toBe('/webhooks/whatsapp/17');
    expect(await send('525512345678', TEMPLATE, 'other')).toMatchObject({ status: 401, body: { error: { code: 190, type: 'OAuthException' } } });
  });

  it.each<[string, Record<string, unknown>, number]>([
    ['no product', { messaging_product: undefined }, 100],
    ['no recipient', { to: undefined }, 100],
    ['a recipient that is none', { to: 'Ana' }, 131009],
    ['no text', { type: 'text' }, 131008],
    ['an empty text', { type: 'text', text: { body: '' } }, 131008],
    ['an unknown type', { type: 'fax' }, 131051],
    ['a file that it does not have', { type: 'image', image: { id: '1' } }, 100],
    ['a caption for a sound', { type: 'audio', audio: { link: 'https://x', caption: 'x' } }, 100],
    ['four buttons', { type: 'interactive', interactive: { type: 'button', body: { text: 'x' }, action: { buttons: [1, 2, 3, 4].map((n) => ({ type: 'reply', reply: { id: String(n), title: 'x' } })) } } }, 131009],
    ['a template that does not exist', { type: 'template', template: { name: 'missing_a', language: { code: 'es' } } }, 132001],
    ['a template without language', { type: 'template', template: { name: 'a' } }, 131008],
    ['a parameter without its value', { type: 'template', template: { name: 'a', language: { code: 'es' }, components: [{ type: 'body', parameters: [{ type: 'text' }] }] } }, 132000],
    ['contacts without names', { type: 'contacts', contacts: [{}] }, 131008],
  ])('refuses %s', async (_, message, code) => {
    const { status, body } = await send('525512345678', message);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.error).toMatchObject({ code, type: 'OAuthException', error_data: { messaging_product: 'whatsapp', details: expect.any(String) }, fbtrace_id: expect.any(String) });
    expect(told).toEqual([]);
  });

  it('keeps files: uploaded, told of, fetched with the token, deleted', async () => {
    const { body } = await post('106/media', form(FILES.png, 'image/png'));
    const headers = { authorization: `Bearer ${accessToken}` };
    const about = (await (await fetch(`${url}/v23.0/${body.id}?phone_number_id=106`, { headers })).json()) as { url: string };
    expect(about).toMatchObject({ mime_type: 'image/png', file_size: String(FILES.png.length), id: body.id, messaging_product: 'whatsapp' });
    expect(Buffer.from(await (await fetch(about.url, { headers })).arrayBuffer())).toEqual(FILES.png);
    expect((await fetch(about.url)).status).toBe(401);
    expect((await fetch(about.url.replace(/pass=./, 'pass=x'), { headers })).status).toBe(404);
    expect((await fetch(`${url}/v23.0/${body.id}?phone_number_id=107`, { headers })).status).toBe(404);
    expect((await send('525512345678', { type: 'image', image: { id: body.id } })).status).toBe(200);
    expect(await (await fetch(`${url}/v23.0/${body.id}`, { method: 'DELETE', headers })).json()).toEqual({ success: true });
    expect((await fetch(`${url}/v23.0/${body.id}`, { headers })).status).toBe(404);
    expect(await post('106/media', form(FILES.png, 'image/gif'))).toMatchObject({ status: 400, body: { error: { code: 100 } } });
    expect(await post('106/media', form(Buffer.alloc(600_000), 'image/webp'))).toMatchObject({ body: { error: { code: 131053 } } });
    expect(await post('106/media', form(FILES.png, 'image/png', 'other'))).toMatchObject({ body: { error: { code: 100 } } });
  });

  it('goes on after a restart: what fell due meanwhile is told, what was told is not told again', async () => {
    await server.close();
    await start(1);
    await send('525512340104');
    await until(async () => told.length === 1);
    await sleep(100); // until it knows that it was heard
    await server.close();
    await start(1);
    await until(async () => told.length >= 3);
    expect(statuses().map(({ status }) => status)).toEqual(['sent', 'delivered', 'read']);
  });

  it('takes a read receipt', async () => {
    expect(await post('106/messages', { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.1' })).toMatchObject({ status: 200, body: { success: true } });
  });
});
