import type { MessageDto } from '../../../src/modules/messages/dto/message.dto';
import { ok } from '../../support/answers';
import { until } from '../../support/until';
import { received, sendTemplate, useMessaging } from './messaging';

describe('WhatsApp’s sandbox, with the secret and the word of the environment', () => {
  const messaging = useMessaging({ settings: { WHATSAPP_APP_SECRET: 'the-secret', WHATSAPP_VERIFY_TOKEN: 'the-word' } });

  it('is verified by the word, signs with the secret, and lets whoever has it tell of a first message', async () => {
    const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'the-word', 'hub.challenge': '17' };
    expect(await messaging.app.client().send('GET', '//webhooks/whatsapp', { query })).toMatchObject({ status: 200, body: '17' });
    const value = { contacts: [{ profile: { name: 'Ana' }, wa_id: '5215512345678' }], messages: [{ from: '5215512345678', id: 'wamid.1', timestamp: '1749416383', type: 'text', text: { body: 'Hola' } }] };
    expect(await messaging.webhook([value])).toBe(200);
    await until(async () => (await ok(messaging.tenant.api.get<{ items: MessageDto[] }>('/messages'))).items[0]?.content === 'Hola');
    await sendTemplate(messaging.tenant, '+525587654321');
    await received(messaging.tenant, '+525587654321');
  });
});
