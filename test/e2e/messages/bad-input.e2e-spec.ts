import { FILES, sendFile } from '../../factories/files';
import { twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows } from '../../support/database';
import { OURS, useMessaging } from './messaging';

const GOOD = { fromPhoneNumber: OURS, toPhoneNumber: '+525512345678' };
const json = (value: unknown): string => JSON.stringify(value);
const buttons = (...titles: string[]) => titles.map((title, at) => ({ type: 'reply', reply: { id: String(at), title } }));

describe('Messages that cannot be sent', () => {
  const messaging = useMessaging({ jobs: false });
  const free = (more: Record<string, unknown>) => messaging.tenant.api.post('/messages/whatsapp', { ...GOOD, type: 'text', content: 'x', ...more });
  const template = (more: Record<string, unknown>) => messaging.tenant.api.post('/messages/whatsapp/template', { ...GOOD, templateName: 'a', languageCode: 'es', ...more });

  it.each<[Record<string, unknown>, Record<string, string>]>([
    [{ content: '' }, { content: 'REQUIRED_FIELD' }],
    [{ content: '   ' }, { content: 'REQUIRED_FIELD' }],
    [{ content: 'x'.repeat(4097) }, { content: 'VALUE_TOO_LONG' }],
    [{ content: 5 }, { content: 'INVALID_TYPE' }],
    [{ content: undefined, toPhoneNumber: '12' }, { content: 'REQUIRED_FIELD', toPhoneNumber: 'INVALID_PHONE' }],
    [{ type: 'fax' }, { type: 'INVALID_VALUE' }],
    [{ type: undefined }, { type: 'REQUIRED_FIELD' }],
    [{ toPhoneNumber: '+5255' }, { toPhoneNumber: 'INVALID_PHONE' }],
    [{ userId: 'Ana' }, { userId: 'INVALID_TYPE' }],
    [{ customFields: [] }, { customFields: 'INVALID_TYPE' }],
    [{ fileId: 'file_1' }, { fileId: 'INVALID_VALUE' }],
    [{ type: 'image' }, { fileId: 'REQUIRED_FIELD' }],
    [{ type: 'location', content: 'Zócalo' }, { content: 'INVALID_FORMAT' }],
    [{ type: 'location', content: json({ latitude: 100 }) }, { 'content.latitude': 'INVALID_VALUE', 'content.longitude': 'INVALID_VALUE' }],
    [{ type: 'location', content: '[]' }, { content: 'INVALID_VALUE' }],
    [{ type: 'contacts', content: '[]' }, { content: 'INVALID_VALUE' }],
    [{ type: 'contacts', content: json([{ name: {} }]) }, { 'content.[0].name.formatted_name': 'INVALID_VALUE' }],
    [{ type: 'reaction', content: json({ emoji: '👍' }) }, { 'content.message_id': 'INVALID_VALUE' }],
    [{ type: 'interactive', content: json({ type: 'riddle' }) }, { 'content.type': 'INVALID_VALUE' }],
    [{ type: 'interactive', content: '{}' }, { 'content.type': 'INVALID_VALUE' }],
    [{ type: 'interactive', content: json({ type: 'button', body: { text: 'x' }, action: { buttons: buttons('a', 'b', 'c', 'd') } }) }, { 'content.action.buttons': 'INVALID_VALUE' }],
    [{ type: 'interactive', content: json({ type: 'button', body: { text: '' }, action: { buttons: buttons('t'.repeat(21)) } }) }, { 'content.body.text': 'INVALID_VALUE', 'content.action.buttons[0].reply.title': 'INVALID_VALUE' }],
    [
      { type: 'interactive', content: json({ type: 'list', body: { text: 'x' }, action: { button: 'b', sections: [1, 2].map((s) => ({ rows: [1, 2, 3, 4, 5, 6].map((r) => ({ id: `${s}-${r}`, title: 't' })) })) } }) },
      { 'content.action.sections': 'INVALID_VALUE' },
    ],
  ])('%j', async (more, faults) => {
    await expectFaults(free(more), faults);
    expect([await countRows('messages'), await countRows('contacts')]).toEqual([0, 0]);
  });

  it.each<[Record<string, unknown>, Record<string, string>]>([
    [{ templateName: 'With Spaces' }, { templateName: 'INVALID_FORMAT' }],
    [{ languageCode: 'español' }, { languageCode: 'INVALID_FORMAT' }],
    [{ variables: [{ value: 'x' }], components: [] }, { components: 'INVALID_VALUE' }],
    [{ variables: 'x' }, { variables: 'INVALID_TYPE' }],
    [{ variables: [{ value: 5 }] }, { 'variables[0].value': 'INVALID_TYPE' }],
    [{ variables: ['x'] }, { 'variables[0]': 'INVALID_TYPE' }],
    [{ components: {} }, { components: 'INVALID_TYPE' }],
    [{ components: [{ type: 'tail' }] }, { 'components[0].type': 'INVALID_VALUE' }],
    [{ components: [{ type: 'body', parameters: [{ type: 'image', image: { id: '1' } }] }] }, { 'components[0].parameters[0].type': 'INVALID_VALUE' }],
    [{ components: [{ type: 'body', parameters: [{ type: 'currency', currency: { code: 'pesos', amount_1000: 1.5 } }] }] }, {
      'components[0].parameters[0].currency.fallback_value': 'INVALID_VALUE',
      'components[0].parameters[0].currency.code': 'INVALID_VALUE',
      'components[0].parameters[0].currency.amount_1000': 'INVALID_VALUE',
    }],
    [{ components: [{ type: 'header', parameters: [{ type: 'image', image: { link: 'ftp://x' } }] }] }, { 'components[0].parameters[0].image.link': 'INVALID_VALUE' }],
    [{ components: [{ type: 'button', parameters: [] }] }, { 'components[0].sub_type': 'INVALID_VALUE', 'components[0].index': 'INVALID_VALUE' }],
  ])('template: %j', async (more, faults) => {
    await expectFaults(template(more), faults);
  });

  it.each(['button', 'order', 'system', 'unknown', 'unsupported', 'media_placeholder'])('a message of type %s only ever comes in', async (type) => {
    expect(await expectError(free({ type }), 400, 'TYPE_NOT_SENDABLE')).toMatchObject({ sendable: expect.arrayContaining(['text']) });
  });

  it('numbers that are not ours', async () => {
    for (const fromPhoneNumber of ['+525500000000', 'nonsense', '']) await expectError(free({ fromPhoneNumber }), 422, 'SENDER_NOT_FOUND');
    await expectError(template({ fromPhoneNumber: '+525500000000' }), 422, 'SENDER_NOT_FOUND');
  });

  it('files that do not fit', async () => {
    const { tenant } = messaging;
    const text = await ok(sendFile(tenant.api, FILES.text, 'a.txt'));
    await expectFaults(free({ type: 'image', fileId: text.fileId }), { fileId: 'INVALID_VALUE' });
    const sound = await ok(sendFile(tenant.api, FILES.ogg, 'a.ogg'));
    await expectFaults(free({ type: 'audio', fileId: sound.fileId, content: 'a caption' }), { content: 'INVALID_VALUE' });
    await expectError(free({ type: 'image', fileId: 'file_none' }), 404, 'FILE_NOT_FOUND');
  });

  it('users and messages that nobody has', async () => {
    await expectError(template({ userId: 999 }), 404, 'USER_NOT_FOUND');
    await expectError(template({ replyToMessageId: 'msg_none' }), 404, 'MESSAGE_NOT_FOUND');
    await expectError(messaging.tenant.api.get('/messages/msg_none'), 404, 'MESSAGE_NOT_FOUND');
    await expectError(messaging.tenant.api.get('/messaging-conversations/999'), 404, 'MESSAGING_CONVERSATION_NOT_FOUND');
    expect(await countRows('messages')).toBe(0);
  });

  it('what is another tenant’s', async () => {
    const { mine, theirs } = await twoTenants(messaging.app);
    await expectError(mine.api.post('/messages/whatsapp/template', { ...GOOD, templateName: 'a', languageCode: 'es' }), 422, 'SENDER_NOT_FOUND');
    const sent = await ok(messaging.tenant.api.post<{ id: string; conversationId: string }>('/messages/whatsapp/template', { ...GOOD, templateName: 'a', languageCode: 'es' }));
    await expectError(theirs.api.get(`/messages/${sent.id}`), 404, 'MESSAGE_NOT_FOUND');
    await expectError(theirs.api.get(`/messaging-conversations/${sent.conversationId}`), 404, 'MESSAGING_CONVERSATION_NOT_FOUND');
    expect((await ok(theirs.api.get<{ totalCount: number }>('/messages'))).totalCount).toBe(0);
  });
});
