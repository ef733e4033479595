import type { PlayedLife } from '../step-player';
import type { WhatsAppOrder } from './whatsapp-rules';

export interface WhatsAppAccount {
  accessToken: string;
  appSecret: string;
  speed: number;
}

/** A message that WhatsApp has taken. Its id is a wamid. */
export interface WhatsAppMessage extends PlayedLife {
  order: WhatsAppOrder;
  phoneNumberId: string;
  waId: string;
  /** Where the app is told of it. */
  webhookUrl: string;
}

/** How WhatsApp calls somebody: of a Mexican mobile number, with the 1 of old. */
export const waIdOf = (to: string): string => to.replace(/^\+/, '').replace(/^52(\d{10})$/, '521$1');
