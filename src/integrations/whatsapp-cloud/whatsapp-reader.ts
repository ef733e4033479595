import { MEDIA_TYPES, MESSAGE_TYPES, type Correspondent, type IncomingMessage, type MarketingPreference, type MediaType, type MessageError, type MessageEvent, type MessageStatusReport, type MessageType, type OurNumber } from '../../modules/messages';
import { type LooseObject, isObject, numberOf, objectOf, objectsOf, textOf } from '../loose-json';
import { messageErrorOf } from './whatsapp-errors';

/** What a stored event says, in our words; undefined for what says nothing that can be acted upon. Nothing that can be in it makes it throw. */
export function readEvent(payload: LooseObject): MessageEvent | undefined {
  const event = objectOf(payload.event);
  const to = ourNumberOf(payload.metadata);
  if (!to) return undefined;
  switch (payload.kind) {
    case 'message':
      return messageOf(event, to, objectOf(payload.contact));
    case 'status':
      return statusOf(event, to, objectOf(payload.contact));
    case 'preference':
      return preferenceOf(event, to, objectOf(payload.contact));
    default:
      return undefined;
  }
}

function ourNumberOf(metadata: unknown): OurNumber | undefined {
  const { phone_number_id, display_phone_number } = objectOf(metadata);
  const providerId = nameOf(phone_number_id);
  return providerId === undefined ? undefined : { providerId, displayNumber: nameOf(display_phone_number) };
}

/** Ids are texts, and some senders write them as numbers. */
const nameOf = (value: unknown): string | undefined => textOf(typeof value === 'number' ? String(value) : value);

function correspondentOf(phone: unknown, userId: unknown, contact: LooseObject): Correspondent | undefined {
  const digits = nameOf(phone) ?? nameOf(contact.wa_id);
  const user = nameOf(userId) ?? nameOf(contact.user_id);
  const name = textOf(objectOf(contact.profile).name);
  // Where only a BSUID is known, it may stand where the phone did.
  const isPhone = digits !== undefined && /^\+?\d{5,20}$/.test(digits);
  const bsuid = user ?? (isPhone ? undefined : digits);
  if (!isPhone && (bsuid === undefined || bsuid.length > 140)) return undefined;
  return { ...(isPhone && { phone: digits.replace(/^\+/, '') }), ...(bsuid !== undefined && { userId: bsuid }), ...(name !== undefined && { profileName: name.slice(0, 255).toWellFormed() }) };
}

function messageOf(event: LooseObject, to: OurNumber, contact: LooseObject): IncomingMessage | undefined {
  const providerId = textOf(event.id);
  const from = correspondentOf(event.from, event.from_user_id ?? event.user_id, contact);
  if (providerId === undefined || !from) return undefined;
  const type = typeOf(event.type);
  const media = (MEDIA_TYPES as readonly string[]).includes(type) ? mediaOf(type as MediaType, objectOf(event[type])) : undefined;
  const system = objectOf(event.system);
  return {
    kind: 'message',
    to,
    from,
    providerId,
    at: instantOf(event.timestamp),
    type,
    content: contentOf(type, event),
    payload: { ...event },
    media,
    replyTo: textOf(type === 'reaction' ? objectOf(event.reaction).message_id : objectOf(event.context).id),
    movedTo: type === 'system' && (system.wa_id !== undefined || system.new_wa_id !== undefined || system.user_id !== undefined) ? correspondentOf(system.new_wa_id ?? system.wa_id, system.user_id, {}) : undefined,
    errors: errorsOf(event.errors),
  };
}

/** What nobody has heard of is unknown, and kept all the same. */
const typeOf = (type: unknown): MessageType => MESSAGE_TYPES.find((known) => known === type && known !== 'template') ?? 'unknown';

function contentOf(type: MessageType, event: LooseObject): string {
  const part = objectOf(event[type]);
  switch (type) {
    case 'text':
      return textOf(part.body) ?? '';
    case 'image':
    case 'video':
    case 'document':
      return textOf(part.caption) ?? '';
    case 'reaction':
      return textOf(part.emoji) ?? '';
    case 'button':
      return textOf(part.text) ?? textOf(part.payload) ?? '';
    case 'system':
      return textOf(part.body) ?? '';
    case 'interactive':
      return replyOf(part) ?? JSON.stringify(part);
    case 'location':
    case 'order':
      return isObject(event[type]) ? JSON.stringify(event[type]) : '';
    case 'contacts':
      return Array.isArray(event.contacts) ? JSON.stringify(event.contacts) : '';
    default:
      return '';
  }
}

/** The title of what was chosen; of a form that was filled in, its text. */
function replyOf(interactive: LooseObject): string | undefined {
  const chosen = objectOf(interactive.button_reply ?? interactive.list_reply);
  return textOf(chosen.title) ?? textOf(objectOf(interactive.nfm_reply).body);
}

function mediaOf(type: MediaType, part: LooseObject): IncomingMessage['media'] {
  const id = nameOf(part.id);
  if (id === undefined) return undefined;
  const [contentType, sha256, fileName] = [part.mime_type, part.sha256, part.filename].map((value) => textOf(value)?.slice(0, 255).toWellFormed());
  return {
    type,
    id,
    ...(contentType !== undefined && { contentType: contentType.split(';')[0]?.trim() }),
    ...(sha256 !== undefined && { sha256 }),
    ...(fileName !== undefined && { fileName }),
    ...(typeof part.voice === 'boolean' && { voice: part.voice }),
  };
}

const STATUSES: Readonly<Record<string, MessageStatusReport['status']>> = { sent: 'sent', delivered: 'delivered', read: 'read', failed: 'failed', played: 'read' };

function statusOf(event: LooseObject, to: OurNumber, contact: LooseObject): MessageStatusReport | undefined {
  const providerId = textOf(event.id);
  const name = textOf(event.status) ?? '';
  const status = Object.hasOwn(STATUSES, name) ? STATUSES[name] : undefined;
  if (providerId === undefined || status === undefined) return undefined;
  const { conversation, pricing } = event;
  return {
    kind: 'status',
    to,
    providerId,
    messageId: textOf(event.biz_opaque_callback_data),
    status,
    at: instantOf(event.timestamp),
    errors: errorsOf(event.errors),
    details: { ...(isObject(conversation) && { conversation }), ...(isObject(pricing) && { pricing }) },
    recipient: correspondentOf(event.recipient_id, event.recipient_user_id, contact) ?? {},
    payload: { ...event },
  };
}

function preferenceOf(event: LooseObject, to: OurNumber, contact: LooseObject): MarketingPreference | undefined {
  const from = correspondentOf(event.wa_id, event.user_id, contact);
  if (!from || event.category !== 'marketing_messages' || (event.value !== 'stop' && event.value !== 'resume')) return undefined;
  return { kind: 'preference', to, from, optedOut: event.value === 'stop', at: instantOf(event.timestamp), payload: { ...event } };
}

function errorsOf(errors: unknown): MessageError[] {
  return objectsOf(errors).map((error) =>
    messageErrorOf({
      code: numberOf(error.code) ?? 0,
      title: textOf(error.title),
      message: textOf(error.message),
      details: textOf(objectOf(error.error_data).details),
      href: textOf(error.href),
    }),
  );
}

const YEAR_2000 = 946_684_800;

/** From seconds since 1970; what is no time, or lies in the future, is now. */
function instantOf(timestamp: unknown): string {
  const seconds = numberOf(timestamp) ?? NaN;
  const now = Date.now();
  return new Date(seconds >= YEAR_2000 && seconds * 1000 <= now ? seconds * 1000 : now).toISOString();
}
