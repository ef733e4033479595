import { isObject } from '../loose-json';
import { whatsappError } from './whatsapp-error';

type Json = Record<string, unknown>;

/** A message that WhatsApp would take. */
export interface WhatsAppOrder {
  to: string;
  type: string;
  /** The object that the type names. */
  content: unknown;
  callbackData?: string;
  /** The message that it answers. */
  contextId?: string;
}

const MEDIA = ['image', 'audio', 'video', 'document', 'sticker'];
const TYPES = ['text', ...MEDIA, 'location', 'contacts', 'interactive', 'reaction', 'template'];
const MAX_CALLBACK_DATA = 512;

/** What is wrong with a request to send, in WhatsApp's way: the first thing that it meets. */
export class WhatsAppRules {
  /** @param hasMedia whether a number has a file of this id */
  constructor(private readonly hasMedia: (id: string, phoneNumberId: string) => boolean) {}

  /** @throws ProviderAnswer */
  read(body: unknown, phoneNumberId: string): WhatsAppOrder {
    if (!isObject(body)) throw whatsappError(100, 'The body must be a JSON object');
    if (body.messaging_product !== 'whatsapp') throw whatsappError(100, "The parameter messaging_product is required, and must be 'whatsapp'");
    const { to, recipient_type: recipientType, biz_opaque_callback_data: callbackData } = body;
    if (typeof to !== 'string' || to === '') throw whatsappError(100, 'The parameter to is required.');
    if (!/^\+?\d{5,15}$/.test(to) && !/^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/.test(to)) throw whatsappError(131009, `Recipient phone number not valid: ${to.slice(0, 40)}`);
    if (recipientType !== undefined && recipientType !== 'individual') throw whatsappError(131009, "recipient_type must be 'individual'");
    if (callbackData !== undefined && (typeof callbackData !== 'string' || callbackData.length > MAX_CALLBACK_DATA)) throw whatsappError(131009, `biz_opaque_callback_data must be text of up to ${MAX_CALLBACK_DATA} characters`);
    const type = body.type ?? 'text';
    if (typeof type !== 'string' || !TYPES.includes(type)) throw whatsappError(131051, `type must be one of ${TYPES.join(', ')}`);
    const content = body[type];
    if (content === undefined || content === null) throw whatsappError(131008, `The parameter ${type} is required`);
    this.check(type, content, phoneNumberId);
    return { to, type, content, callbackData, contextId: contextOf(body) };
  }

  private check(type: string, content: unknown, phoneNumberId: string): void {
    if (type === 'contacts') return contacts(content);
    if (!isObject(content)) throw whatsappError(100, `${type} must be an object`);
    if (MEDIA.includes(type)) return this.media(type, content, phoneNumberId);
    switch (type) {
      case 'text':
        return text(content, 'body', 'text', 4096);
      case 'location':
        return coordinates(content);
      case 'reaction':
        text(content, 'message_id', 'reaction', 512);
        return optionalText(content, 'emoji', 'reaction', 32);
      case 'interactive':
        return this.interactive(content, phoneNumberId);
      default:
        return this.template(content, phoneNumberId);
    }
  }

  private media(type: string, content: Json, phoneNumberId: string): void {
    const { id, link } = content;
    if ((id === undefined) === (link === undefined)) throw whatsappError(100, `${type} needs an id or a link, and not both`);
    if (id !== undefined && (typeof id !== 'string' || !this.hasMedia(id, phoneNumberId))) {
      throw whatsappError(100, `Param ${type}['id'] is not a valid whatsapp business account media attachment ID`);
    }
    if (link !== undefined && (typeof link !== 'string' || !/^https?:\/\//.test(link))) throw whatsappError(131009, `Param ${type}['link'] is not a valid URL`);
    if (content.caption !== undefined && (type === 'audio' || type === 'sticker')) throw whatsappError(100, `Unexpected key "caption" on param "${type}"`);
    optionalText(content, 'caption', type, 1024);
  }

  private interactive(content: Json, phoneNumberId: string): void {
    const { type, header, body, footer, action } = content;
    if (!isObject(action)) throw whatsappError(131008, 'interactive.action is required');
    if (isObject(header)) {
      if (header.type === 'text') text(header, 'text', 'interactive.header', 60);
      else if (typeof header.type === 'string' && isObject(header[header.type])) this.media(header.type, header[header.type] as Json, phoneNumberId);
    }
    if (isObject(body)) text(body, 'text', 'interactive.body', 4096);
    else if (type !== 'product') throw whatsappError(131008, 'interactive.body is required');
    if (isObject(footer)) text(footer, 'text', 'interactive.footer', 60);
    if (type === 'button') return buttons(action);
    if (type === 'list') return rows(action);
    if (typeof type !== 'string') throw whatsappError(131008, 'interactive.type is required');
  }

  private template(content: Json, phoneNumberId: string): void {
    const { name, language, components = [] } = content;
    text(content, 'name', 'template', 512);
    if (!isObject(language) || typeof language.code !== 'string' || language.code === '') throw whatsappError(131008, 'template.language.code is required');
    if (String(name).startsWith('missing_')) throw whatsappError(132001, `template name (${String(name)}) does not exist in ${language.code}`);
    if (String(name).startsWith('paused_')) throw whatsappError(132015, `template (${String(name)}) is paused`);
    if (!Array.isArray(components)) throw whatsappError(100, 'template.components must be an array');
    for (const component of components as unknown[]) this.component(component, phoneNumberId);
  }

  private component(component: unknown, phoneNumberId: string): void {
    const { type, sub_type: subType, index, parameters = [] } = isObject(component) ? component : {};
    if (typeof type !== 'string' || !/^(header|body|button|carousel|limited_time_offer|order_status)$/i.test(type)) throw whatsappError(100, 'template.components: unknown component type');
    if (/^button$/i.test(type) && (typeof subType !== 'string' || !/^[0-9]$/.test(String(index)))) throw whatsappError(131008, 'template.components: a button needs sub_type and index');
    if (!Array.isArray(parameters)) throw whatsappError(100, 'template.components.parameters must be an array');
    for (const parameter of parameters as unknown[]) {
      if (!isObject(parameter) || typeof parameter.type !== 'string') throw whatsappError(131008, 'template.components.parameters: type is required');
      const value = parameter[parameter.type];
      if (value === undefined || value === '') throw whatsappError(132000, `template.components.parameters: ${parameter.type} is required`);
      if (MEDIA.includes(parameter.type)) this.media(parameter.type, isObject(value) ? value : {}, phoneNumberId);
    }
  }
}

function contextOf({ context }: Json): string | undefined {
  if (context === undefined) return undefined;
  if (!isObject(context) || typeof context.message_id !== 'string') throw whatsappError(131009, 'context.message_id must be the id of a message');
  return context.message_id;
}

function text(object: Json, key: string, name: string, max: number): void {
  const value = object[key];
  if (typeof value !== 'string' || value === '') throw whatsappError(131008, `The parameter ${name}['${key}'] is required.`);
  if (value.length > max) throw whatsappError(100, `Param ${name}['${key}'] must be at most ${max} characters long`);
}

function optionalText(object: Json, key: string, name: string, max: number): void {
  const value = object[key];
  if (value === undefined || value === '') return;
  if (typeof value !== 'string' || value.length > max) throw whatsappError(100, `Param ${name}['${key}'] must be text of at most ${max} characters`);
}

function coordinates(location: Json): void {
  for (const key of ['latitude', 'longitude']) {
    const value = location[key];
    if (value === undefined || value === '' || !Number.isFinite(Number(value))) throw whatsappError(131009, `location.${key} must be a number`);
  }
}

function contacts(value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) throw whatsappError(131009, 'contacts must be a list of contacts');
  for (const contact of value as unknown[]) {
    const { name } = isObject(contact) ? contact : {};
    if (!isObject(name) || typeof name.formatted_name !== 'string') throw whatsappError(131008, 'contacts.name.formatted_name is required');
  }
}

function buttons({ buttons: given }: Json): void {
  if (!Array.isArray(given) || given.length < 1 || given.length > 3) throw whatsappError(131009, 'Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3');
  for (const button of given as unknown[]) {
    const { reply } = isObject(button) ? button : {};
    if (!isObject(reply)) throw whatsappError(131008, 'interactive.action.buttons.reply is required');
    text(reply, 'id', 'reply', 256);
    text(reply, 'title', 'reply', 20);
  }
}

function rows({ button, sections }: Json): void {
  text({ button }, 'button', 'interactive.action', 20);
  const given = (Array.isArray(sections) ? (sections as unknown[]) : []).flatMap((section) => (isObject(section) && Array.isArray(section.rows) ? (section.rows as unknown[]) : []));
  if (given.length < 1 || given.length > 10) throw whatsappError(131009, 'Total row count exceed max allowed count: 10');
  for (const row of given) {
    if (!isObject(row)) throw whatsappError(131009, 'interactive.action.sections.rows must be objects');
    text(row, 'id', 'row', 200);
    text(row, 'title', 'row', 24);
    optionalText(row, 'description', 'row', 72);
  }
}
