import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';
import { root } from '../../bench/harness/processes.mjs';

export const API_KEY = 'only for chaos';
const SPEED = 20;

/**
 * Vapi as the sandbox plays it, in this process, which nobody kills, with two roads to it that are not to be trusted: `onDial`
 * decides what becomes of an order and of its answer, `onWebhook` how often and when a webhook arrives.
 */
export class Vapi {
  /** How often each number was really called. */
  dialed = new Map();
  /** Each order that has come in, as `<our call's id>-<attempt>`. */
  asked = new Set();
  most = 0;
  refused = 0;
  webhooks = 0;
  /** @type {(order, forward: () => Promise<Response>, reply) => Promise<unknown>} */
  onDial = async (_order, forward, reply) => relay(await forward(), reply);
  /** @type {() => number[]} in how many ms it arrives, each time that it does */
  onWebhook = () => [0];
  /** Where webhooks go in the end: the url of the product. */
  target = '';

  static async open(cleanup, { lines = 10, speed = SPEED } = {}) {
    const { registerSandbox } = createRequire(import.meta.url)(join(root, 'dist/src/sandbox/sandbox.js'));
    const vapi = new Vapi();
    const sandbox = fastify();
    const unused = { apiKey: API_KEY, accountSid: 'AC', authToken: 'x', username: 'x', password: 'x', accessToken: 'x', appSecret: 'x', verifyToken: 'x' };
    registerSandbox(sandbox, { credentials: { vapi: unused, twilio: unused, elemente: unused, whatsapp: unused }, speed, limit: lines });
    vapi.inner = `${await sandbox.listen({ host: '127.0.0.1', port: 0 })}/sandbox/vapi`;
    const roads = fastify({ bodyLimit: 20_000_000 });
    for (const type of ['application/json', '*']) roads.addContentTypeParser(type, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
    roads.all('/vapi/*', (request, reply) => vapi.#order(request, reply));
    roads.post('/webhooks/*', (request, reply) => vapi.#webhook(request, reply));
    vapi.url = await roads.listen({ host: '127.0.0.1', port: 0 });
    cleanup.add(() => Promise.all([sandbox.close(), roads.close()]));
    return vapi;
  }

  /** The settings with which the product takes it for Vapi. */
  get env() {
    return { VAPI_API_KEY: API_KEY, VAPI_BASE_URL: `${this.url}/vapi`, VAPI_WEBHOOK_SECRET: 'only for chaos, too', PUBLIC_URL: this.url };
  }

  get twice() {
    return [...this.dialed.values()].filter((times) => times > 1).length;
  }

  async #order(request, reply) {
    const isDial = request.method === 'POST' && /^\/vapi\/call(\/phone)?$/.test(request.url);
    const forward = async () => {
      const response = await fetch(this.inner + request.url.slice('/vapi'.length), { method: request.method, headers: { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' }, body: request.body });
      const text = await response.text();
      if (isDial && response.status === 201) this.#made(JSON.parse(text));
      if (isDial && response.status === 400) this.refused++;
      return { status: response.status, text };
    };
    if (!isDial) return relay(await forward(), reply);
    const order = JSON.parse(request.body);
    const { callId, attempt } = order.assistantOverrides?.metadata ?? {};
    this.asked.add(`${callId}-${attempt}`);
    return this.onDial(order, forward, reply);
  }

  #made({ customer, subscriptionLimits }) {
    this.dialed.set(customer.number, (this.dialed.get(customer.number) ?? 0) + 1);
    const { concurrencyLimit, remainingConcurrentCalls } = subscriptionLimits;
    this.most = Math.max(this.most, concurrencyLimit - remainingConcurrentCalls);
  }

  async #webhook(request, reply) {
    for (const ms of this.onWebhook()) void this.#deliver(request, ms);
    return reply.send({});
  }

  async #deliver({ url, headers, body }, ms) {
    this.webhooks++;
    await sleep(ms);
    const proofs = Object.fromEntries(Object.entries(headers).filter(([name]) => /^(content-type|x-|authorization)/.test(name)));
    for (let tries = 0; tries < 5; tries++) {
      const status = await fetch(this.target + url, { method: 'POST', headers: proofs, body }).then(async (answer) => (await answer.text(), answer.status), () => 0);
      if (status === 200) return;
      await sleep(500);
    }
  }
}

export const relay = ({ status, text }, reply) => reply.status(status).type('application/json').send(text);
