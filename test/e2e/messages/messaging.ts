import { createHmac } from 'node:crypto';
import type { MessageDto } from '../../../src/modules/messages/dto/message.dto';
import { MessageTimings } from '../../../src/modules/messages/message-timings';
import { Relay } from '../../../src/platform/queue/relay';
import { type TestTenant, aTenant } from '../../factories/tenants';
import { ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { until } from '../../support/until';

export const OURS = '+525555550199';

let made = 0;

/** A valid Mexican number that no other test writes to, with the ending that says what becomes of it. */
export const personEnding = (ending: string): string => `+5255${String(3000 + made++)}${ending}`;

/** A tenant with a number at WhatsApp. */
export async function aMessagingTenant(app: { nest: unknown } & Parameters<typeof aTenant>[0], providerId = '106540352242922'): Promise<TestTenant> {
  const tenant = await aTenant(app);
  await ok(tenant.api.post('/phone-numbers', { number: OURS, provider: 'whatsapp', providerId }));
  return tenant;
}

/** An app that listens, with the sandbox at speed and jobs running; and a fresh tenant for each test. */
export function useMessaging({ speed = 20, jobs = true, timings = {}, settings = {} }: { speed?: number; jobs?: boolean; timings?: Partial<MessageTimings>; settings?: Record<string, string> } = {}) {
  const running = useTestApp({ SANDBOX_SPEED: String(speed), ...settings });
  let tenant: TestTenant | undefined;
  beforeAll(async () => {
    await running.app.listen();
    Object.assign(running.app.nest.get(MessageTimings), { silenceMs: 1500, pairBackoffMs: 20, backoffMs: 20, ...timings });
    if (jobs) await running.app.nest.get(Relay).start();
  });
  beforeEach(async () => {
    tenant = await aMessagingTenant(running.app);
  });
  // What goes on after a test would meet the next one's empty tables.
  afterEach(async () => {
    await until(async () => {
      await sql('DELETE FROM outbox WHERE begun < delivery OR begun = 0');
      return (await countRows('outbox')) === 0;
    }, 3).catch(() => undefined);
  });
  return {
    get app() {
      return running.app;
    },
    /** What WhatsApp tells, signed: one change for each value. */
    async webhook(values: Record<string, unknown>[], { secret = 'the-secret', path = '/webhooks/whatsapp' } = {}): Promise<number> {
      const body = bodyOf(values);
      const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
      return (await running.app.client().send('POST', `/${path}`, { raw: body, headers })).status;
    },
    get tenant() {
      if (!tenant) throw new Error('The tenant is there from beforeEach on.');
      return tenant;
    },
  };
}

const METADATA = { messaging_product: 'whatsapp', metadata: { display_phone_number: '525555550199', phone_number_id: '106540352242922' } };

export const bodyOf = (values: Record<string, unknown>[]): string =>
  JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: values.map((value) => ({ field: 'messages', value: { ...METADATA, ...value } })) }] });

export const sendTemplate = (tenant: TestTenant, to: string, more: Record<string, unknown> = {}): Promise<MessageDto> =>
  ok(tenant.api.post<MessageDto>('/messages/whatsapp/template', { fromPhoneNumber: OURS, toPhoneNumber: to, templateName: 'order_ok', languageCode: 'es_MX', ...more }));

export const send = (tenant: TestTenant, to: string, content: string, more: Record<string, unknown> = {}) =>
  tenant.api.post<MessageDto>('/messages/whatsapp', { fromPhoneNumber: OURS, toPhoneNumber: to, type: 'text', content, ...more });

/** The message once it is as wanted. */
export const once = (tenant: TestTenant, id: string, isWanted: (message: MessageDto) => boolean, seconds = 10): Promise<MessageDto> =>
  until(async () => {
    const message = await ok(tenant.api.get<MessageDto>(`/messages/${id}`));
    return isWanted(message) && message;
  }, seconds);

export const withStatus = (tenant: TestTenant, id: string, status: string, seconds?: number): Promise<MessageDto> => once(tenant, id, (message) => message.status === status, seconds);

/** What the person has written, once there is as much. */
export const received = (tenant: TestTenant, from: string, count = 1): Promise<MessageDto[]> =>
  until(async () => {
    const { items } = await ok(tenant.api.get<{ items: MessageDto[] }>('/messages', { filterBy: `direction:inbound;from:${from}` }));
    return items.length >= count && items;
  });

/** A person whose 24 hours run: they have answered a template. */
export async function aConversationWith(tenant: TestTenant, to: string): Promise<void> {
  await sendTemplate(tenant, to);
  await received(tenant, to);
}
