import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';

const APP_SECRET = 'only for chaos';
const OURS = '+525555550198';
const OUR_ID = '106540352242922';

/** WhatsApp in this process, which nobody kills: takes its time to take a message, and tells that it was sent. */
export class WhatsApp {
  /** How often each message was really sent, by our id of it. */
  sent = new Map();
  /** Where webhooks go: the url of the product. */
  target = '';
  #answerMs;

  static async open(cleanup, { answerMs = 0 } = {}) {
    const whatsapp = new WhatsApp();
    whatsapp.#answerMs = answerMs;
    const server = fastify();
    server.post('/:version/:number/messages', async ({ body }) => {
      const id = body.biz_opaque_callback_data;
      const taken = (whatsapp.sent.get(id) ?? 0) + 1;
      whatsapp.sent.set(id, taken);
      void whatsapp.#tell(id, `wamid.${id}.${taken}`, body.to);
      await sleep(whatsapp.#answerMs);
      return { messaging_product: 'whatsapp', contacts: [{ input: body.to, wa_id: body.to }], messages: [{ id: `wamid.${id}.${taken}` }] };
    });
    whatsapp.url = await server.listen({ host: '127.0.0.1', port: 0 });
    cleanup.add(() => server.close());
    return whatsapp;
  }

  /** The settings with which the product takes it for WhatsApp. */
  get env() {
    return { WHATSAPP_ACCESS_TOKEN: 'only for chaos', WHATSAPP_APP_SECRET: APP_SECRET, WHATSAPP_VERIFY_TOKEN: 'only for chaos', WHATSAPP_BASE_URL: this.url };
  }

  get twice() {
    return [...this.sent.values()].filter((times) => times > 1).length;
  }

  async #tell(id, providerId, recipient) {
    const status = { id: providerId, status: 'sent', timestamp: String(Math.floor(Date.now() / 1000)), recipient_id: recipient, biz_opaque_callback_data: id };
    const value = { messaging_product: 'whatsapp', metadata: { display_phone_number: OURS.slice(1), phone_number_id: OUR_ID }, statuses: [status] };
    const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] });
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}` };
    for (let tries = 0; tries < 10; tries++) {
      const { ok } = await fetch(`${this.target}/webhooks/whatsapp`, { method: 'POST', headers, body }).then(async (answer) => (await answer.text(), answer), () => ({ ok: false }));
      if (ok) return;
      await sleep(1000);
    }
  }
}

/** So many messages to each of so many people, all waiting. */
export async function queueMessages(product, people, each) {
  await product.ask('POST', '/phone-numbers', { number: OURS, provider: 'whatsapp', providerId: OUR_ID });
  for (let n = 0; n < people * each; n++) {
    const toPhoneNumber = `+5255${String(60_000_000 + (n % people))}`;
    await product.ask('POST', '/messages/whatsapp/template', { fromPhoneNumber: OURS, toPhoneNumber, templateName: 'chaos', languageCode: 'es_MX' }, { 'idempotency-key': `message-${n}` });
  }
}

/** Waits until no message is pending, or none has been for `patience` seconds. @returns how many are, or have failed */
export async function messagesOver(db, patience = 120) {
  let last = -1;
  for (let deadline = 0; ; await sleep(200)) {
    const { rows } = await db.query(`SELECT count(*) FILTER (WHERE status = 'pending')::int AS left, count(*) FILTER (WHERE status = 'failed')::int AS failed FROM messages`);
    const [{ left, failed }] = rows;
    if (left !== last) deadline = Date.now() + patience * 1000;
    last = left;
    if (left === 0 || Date.now() > deadline) return left + failed;
  }
}
