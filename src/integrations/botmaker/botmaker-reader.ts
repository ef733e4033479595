import type { ChannelType } from '../../modules/contacts';
import { type LooseObject, instantOf, isObject, objectOf, objectsOf, textOf } from '../loose-json';

/** What a webhook of Botmaker says, in our words. */
export interface BotmakerEvent {
  channelType: ChannelType;
  /** Of the person, as the channel has it; of WhatsApp a number with its +. */
  address: string;
  firstName: string | null;
  lastName: string | null;
  /** Our number there, or the channel's name. */
  channel: string;
  at: Date;
  status: string;
  /** What came of it, blanks as null; null where it says nothing of that. */
  outcome: Record<string, unknown> | null;
}

const CHANNELS: Record<string, ChannelType> = { whatsapp: 'WHATSAPP', facebook: 'MESSENGER', messenger: 'MESSENGER', instagram: 'INSTAGRAM', telegram: 'TELEGRAM', webchat: 'WEBCHAT', sms: 'SMS', email: 'EMAIL' };

/**
 * Reads a webhook, version 1.1 as Botmaker's help describes it, and leaves what it does not know where it is. The outcome is what
 * a bot has put into `variables`: seed 000 has user_is_customer, new_customer_phone_number, user_confirmed_payment_info and
 * conflict_reason. @returns undefined where it is about nobody
 */
export function readBotmaker(payload: LooseObject, receivedAt: Date): BotmakerEvent | undefined {
  const channelType = CHANNELS[(textOf(payload.chatPlatform) ?? 'whatsapp').toLowerCase()] ?? 'OTHER';
  const id = [payload.contactId, payload.whatsappNumber, payload.chatIdInChatPlatform].map(textOf).find((text) => text !== undefined && text.trim() !== '');
  if (id === undefined) return undefined;
  const messages = objectsOf(payload.messages);
  return {
    channelType,
    address: channelType === 'WHATSAPP' || channelType === 'SMS' ? `+${id.replace(/\D/g, '')}` : id,
    firstName: textOf(payload.firstName)?.trim() || null,
    lastName: textOf(payload.lastName)?.trim() || null,
    channel: textOf(payload.chatChannelId) ?? '',
    at: timeOf(messages.at(-1)?.date ?? payload.date) ?? receivedAt,
    status: (textOf(payload.status) ?? textOf(payload.type) ?? 'event').toUpperCase(),
    outcome: isObject(payload.variables) && Object.keys(payload.variables).length > 0 ? blanksAsNull(objectOf(payload.variables)) : null,
  };
}

/** Milliseconds, or ISO 8601. */
function timeOf(value: unknown): Date | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return new Date(value);
  const instant = instantOf(value);
  return instant === undefined ? undefined : new Date(instant);
}

const blanksAsNull = (variables: LooseObject): Record<string, unknown> =>
  Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, typeof value === 'string' && value.trim() === '' ? null : value]));
