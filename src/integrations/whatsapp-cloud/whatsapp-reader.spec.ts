import fc from 'fast-check';
import { eventsOf } from './whatsapp-events';
import { readEvent } from './whatsapp-reader';

const METADATA = { display_phone_number: '15550783881', phone_number_id: '106540352242922' };
const bodyOf = (value: Record<string, unknown>) => ({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value: { messaging_product: 'whatsapp', metadata: METADATA, ...value } }] }] });
const read = (value: Record<string, unknown>) => eventsOf(bodyOf(value)).map(({ payload }) => readEvent(payload));

describe('reading what WhatsApp tells', () => {
  it('a message, with whom it is from', () => {
    expect(read({ contacts: [{ profile: { name: 'Sheena' }, wa_id: '16505551234' }], messages: [{ from: '16505551234', id: 'wamid.1', timestamp: '1749416383', type: 'text', text: { body: 'Hi' } }] })).toEqual([
      expect.objectContaining({ kind: 'message', to: { providerId: '106540352242922', displayNumber: '15550783881' }, from: { phone: '16505551234', profileName: 'Sheena' }, providerId: 'wamid.1', at: '2025-06-08T20:59:43.000Z', type: 'text', content: 'Hi', errors: [] }),
    ]);
  });

  it('a status, with our id and its errors', () => {
    const status = { id: 'wamid.1', status: 'failed', timestamp: '1749416383', recipient_id: '16505551234', biz_opaque_callback_data: 'msg_1', pricing: { billable: false }, errors: [{ code: 131047, title: 'Re-engagement message', error_data: { details: 'More than 24 hours' } }] };
    expect(read({ statuses: [status] })).toEqual([
      expect.objectContaining({ kind: 'status', providerId: 'wamid.1', messageId: 'msg_1', status: 'failed', details: { pricing: { billable: false } }, errors: [{ code: 131047, title: 'Re-engagement message', message: 'More than 24 hours', href: expect.any(String), provider: 'whatsapp' }] }),
    ]);
    expect(read({ statuses: [{ ...status, status: 'played', errors: undefined }] })).toMatchObject([{ status: 'read' }]);
    expect(read({ statuses: [{ ...status, status: 'warming' }] })).toEqual([undefined]);
  });

  it('somebody who hides the phone', () => {
    const message = { id: 'wamid.1', timestamp: '1749416383', type: 'text', text: { body: 'Hi' } };
    for (const [contact, event] of [
      [{ user_id: 'US.1' }, { from_user_id: 'US.1' }],
      [{ user_id: 'US.1' }, { user_id: 'US.1' }],
      [{ user_id: 'US.1' }, { from: 'US.1' }],
      [{ user_id: 'US.1' }, {}],
    ])
      expect(read({ contacts: [{ profile: { name: 'A' }, ...contact }], messages: [{ ...message, ...event }] })).toMatchObject([{ from: { userId: 'US.1', profileName: 'A' } }]);
  });

  it('each of several, with the contact that is its own', () => {
    const contacts = [{ profile: { name: 'A' }, wa_id: '11111111' }, { profile: { name: 'B' }, wa_id: '22222222' }];
    const message = (id: string, from: string) => ({ from, id, timestamp: '1749416383', type: 'text', text: { body: id } });
    expect(read({ contacts, messages: [message('1', '22222222'), message('2', '11111111')] })).toMatchObject([{ from: { profileName: 'B' } }, { from: { profileName: 'A' } }]);
  });

  it('who wants no marketing', () => {
    expect(read({ contacts: [], user_preferences: [{ wa_id: '16505551234', category: 'marketing_messages', value: 'stop', timestamp: '1749416383' }] })).toMatchObject([{ kind: 'preference', optedOut: true, from: { phone: '16505551234' } }]);
  });

  it('the same event has the same key, and another one another', () => {
    const keys = (value: Record<string, unknown>) => eventsOf(bodyOf(value)).map(({ key }) => key);
    expect(keys({ messages: [{ id: 'a' }, { id: 'a' }, { id: 'b' }] })).toEqual(['message a', 'message b']);
    expect(keys({ statuses: [{ id: 'a', status: 'sent' }, { id: 'a', status: 'read' }, { id: 'a', status: 'failed', errors: [{ code: 1 }] }, { id: 'a', status: 'failed', errors: [{ code: 2 }] }] })).toEqual(['status a sent', 'status a read', 'status a failed 1', 'status a failed 2']);
    expect(new Set([...keys({}), ...keys({ messages: 5 })]).size).toBe(2);
  });

  it('makes something, or nothing, of anything', () => {
    const json = fc.jsonValue();
    const loose = fc.record({ id: json, from: json, type: fc.oneof(fc.constantFrom('text', 'image', 'interactive', 'system', 'contacts', 'location', 'reaction', 'button', 'order'), json), text: json, image: json, interactive: json, system: json, contacts: json, timestamp: json, context: json, errors: json, status: fc.oneof(fc.constantFrom('sent', 'failed', '__proto__', 'constructor'), json), biz_opaque_callback_data: json });
    fc.assert(
      fc.property(fc.oneof(json, fc.record({ contacts: json, metadata: fc.oneof(fc.constant(METADATA), json), messages: fc.array(loose), statuses: fc.array(loose), user_preferences: json }).map(bodyOf)), (body) => {
        for (const { key, payload } of eventsOf(body)) {
          expect(key.length).toBeGreaterThan(0);
          const event = readEvent(JSON.parse(JSON.stringify(payload)) as Record<string, unknown>);
          if (event) expect(Date.parse(event.at)).toBeLessThanOrEqual(Date.now());
        }
      }),
    );
  });
});
