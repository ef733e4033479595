import { isEmail } from 'class-validator';
import { normalisePhone } from '../../platform/text/phone-numbers';
import { isStorable } from '../../platform/text/unstorable';

export const CHANNEL_TYPES = ['PHONE', 'WHATSAPP', 'EMAIL', 'SMS', 'WEBCHAT', 'INSTAGRAM', 'MESSENGER', 'TELEGRAM', 'OTHER'] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

export const MAX_ADDRESS = 320;

/** An address in its normal form, and whom it identifies. */
export interface NormalAddress {
  channelType: ChannelType;
  address: string;
  /** PHONE, SMS and WHATSAPP of one number share it; two contacts of a tenant never do. */
  identity: string;
}

export interface AddressFault {
  code: 'INVALID_PHONE' | 'INVALID_EMAIL' | 'INVALID_VALUE' | 'VALUE_TOO_LONG';
  message: string;
}

/** WhatsApp's id of a user who may hide the phone: country, dot, up to 128 letters and digits. */
const BSUID = /^([A-Z]{2})\.([A-Z0-9]{1,128})$/i;

export const channelTypeOf = (text: string): ChannelType | undefined => CHANNEL_TYPES.find((type) => type === text.trim().toUpperCase());

/** The one normaliser: for storing, matching, searching and importing (decisions.md, Contacts and addresses). */
export function normaliseAddress(channelType: ChannelType, text: string, country: string): NormalAddress | AddressFault {
  if (text.length > MAX_ADDRESS) return { code: 'VALUE_TOO_LONG', message: `must have at most ${MAX_ADDRESS} characters` };
  if (!isStorable(text)) return { code: 'INVALID_VALUE', message: 'contains NUL or half of a surrogate pair, which is no text' };
  switch (channelType) {
    case 'EMAIL': {
      const email = normaliseEmail(text);
      if (email === undefined) return { code: 'INVALID_EMAIL', message: `${shown(text)} is not an email address` };
      return { channelType, address: email, identity: email };
    }
    case 'PHONE':
    case 'SMS':
    case 'WHATSAPP': {
      const bsuid = channelType === 'WHATSAPP' ? bsuidOf(text) : undefined;
      if (bsuid !== undefined) return handle(channelType, bsuid);
      const phone = normalisePhone(text, country);
      if (phone === undefined) return { code: 'INVALID_PHONE', message: `${shown(text)} is not a valid phone number; give it with its country code, as +525512345678` };
      return { channelType, address: phone, identity: phone };
    }
    default: {
      const address = text.trim();
      return address === '' ? { code: 'INVALID_VALUE', message: 'must not be empty' } : handle(channelType, address);
    }
  }
}

/** Its country in capitals, and the rest as it is. */
function bsuidOf(text: string): string | undefined {
  const [, country, id] = BSUID.exec(text.trim()) ?? [];
  return country === undefined ? undefined : `${country.toUpperCase()}.${id}`;
}

/** Identities of handles begin with their channel, so that none is mistaken for a number, an email or another channel's. */
const handle = (channelType: ChannelType, address: string): NormalAddress => ({ channelType, address, identity: `${channelType}:${address}` });

export const isFault = (result: NormalAddress | AddressFault): result is AddressFault => 'code' in result;

/** Plain addresses pass without the library, which costs more than all else in an import of many. */
const PLAIN_EMAIL = /^[a-z0-9][a-z0-9_%+-]*(?:\.[a-z0-9_%+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$/;

function normaliseEmail(text: string): string | undefined {
  const email = text.trim().toLowerCase();
  if (email.length > 254) return undefined;
  return PLAIN_EMAIL.test(email) || isEmail(email) ? email : undefined;
}

/** Channels whose addresses are handles: neither numbers nor emails. */
const HANDLE_CHANNELS = ['WEBCHAT', 'INSTAGRAM', 'MESSENGER', 'TELEGRAM', 'OTHER'] as const;

/** Every identity that a text from a filter can mean. */
export function identitiesOf(text: string, country: string): string[] {
  const trimmed = text.trim();
  // In a url a + that nobody encoded is a space: 56912345678 means +56912345678 where it is no national number.
  const phone = normalisePhone(trimmed, country) ?? normalisePhone(`+${trimmed}`, country);
  const handles = HANDLE_CHANNELS.map((type) => `${type}:${trimmed}`);
  const bsuid = bsuidOf(trimmed);
  if (bsuid !== undefined) handles.push(`WHATSAPP:${bsuid}`);
  return [phone ?? trimmed.toLowerCase(), ...handles];
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
