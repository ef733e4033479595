import { isObject } from '../loose-json';
import type { Reply } from '../script';
import { voiceNote } from './voice-note';
import type { WhatsAppMedia } from './whatsapp-media';
import type { WhatsAppMessage } from './whatsapp-message';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64');
const YES = 'Sí, me interesa.';

/** What a contact writes back: {type, <type>: …}, and the message that it is about. */
export function replyOf(kind: Reply, message: WhatsAppMessage, media: WhatsAppMedia): Record<string, unknown> {
  const context = { context: { from: message.phoneNumberId, id: message.id } };
  switch (kind) {
    case 'text':
      return { type: 'text', text: { body: YES } };
    case 'echo':
      return { ...context, type: 'text', text: { body: echoOf(message.order) } };
    case 'image':
      return { type: 'image', image: { ...kept(media, message, 'image/png', PNG), caption: 'Aquí está.' } };
    case 'voice':
      return { type: 'audio', audio: { ...kept(media, message, 'audio/ogg', voiceNote()), mime_type: 'audio/ogg; codecs=opus', voice: true } };
    case 'press':
      return { ...context, ...pressed(message.order) };
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: message.id, emoji: '👍' } };
    case 'location':
      return { type: 'location', location: { latitude: 19.4326, longitude: -99.1332, name: 'Zócalo', address: 'Plaza de la Constitución, Ciudad de México' } };
    case 'contacts':
      return { type: 'contacts', contacts: [{ name: { formatted_name: 'Luis Prueba', first_name: 'Luis' }, phones: [{ phone: '+52 55 1234 5678', type: 'CELL', wa_id: '5215512345678' }] }] };
    case 'unsupported':
      return { type: 'unsupported', errors: [{ code: 131051, title: 'Message type unknown', message: 'Message type unknown', error_data: { details: 'Message type is currently not supported.' } }] };
  }
}

function kept(media: WhatsAppMedia, { phoneNumberId }: WhatsAppMessage, mimeType: string, content: Buffer): Record<string, unknown> {
  const stored = media.keep(phoneNumberId, mimeType, content);
  return { id: stored.id, mime_type: mimeType, sha256: media.sha256(stored) };
}

/** The words of what was sent. */
function echoOf({ type, content }: WhatsAppMessage['order']): string {
  const object = isObject(content) ? content : {};
  const body = isObject(object.body) ? object.body.text : object.body;
  const words = type === 'template' ? object.name : (body ?? object.caption ?? object.name);
  return typeof words === 'string' && words !== '' ? words : type;
}

/** The first thing that can be pressed, else an answer in words. */
function pressed({ type, content }: WhatsAppMessage['order']): Record<string, unknown> {
  if (type === 'template') return { type: 'button', button: { payload: payloadOf(content) ?? YES, text: YES } };
  const action = isObject(content) && isObject(content.action) ? content.action : {};
  const button = first(action.buttons);
  if (button && isObject(button.reply)) return { type: 'interactive', interactive: { type: 'button_reply', button_reply: button.reply } };
  const row = first(first(action.sections)?.rows);
  if (row) return { type: 'interactive', interactive: { type: 'list_reply', list_reply: row } };
  return { type: 'text', text: { body: YES } };
}

function payloadOf(template: unknown): string | undefined {
  const components = isObject(template) && Array.isArray(template.components) ? (template.components as unknown[]) : [];
  const button = components.find((component) => isObject(component) && component.type === 'button' && component.sub_type === 'quick_reply');
  const payload = isObject(button) ? first(button.parameters)?.payload : undefined;
  return typeof payload === 'string' ? payload : undefined;
}

const first = (list: unknown): Record<string, unknown> | undefined => (Array.isArray(list) && isObject(list[0]) ? list[0] : undefined);
