/** How a call ends by itself. */
export type Ending = 'answered' | 'busy' | 'no-answer' | 'voicemail' | 'failed' | 'misdialed' | 'unheard-of';

/** What the request meets: the first five before any call or message exists, the others once it does. */
export type RequestFault = 'no-line-once' | 'refused' | 'error' | 'slow-down-once' | 'unpaid' | 'slow' | 'error-after' | 'reset-after';

export type WebhookFault = 'lost' | 'disordered' | 'report-lost' | 'early';

/** What a number plays when it is called. */
export interface Script {
  ending: Ending;
  /** Of a call that is answered. */
  talkSeconds: number;
  request?: RequestFault;
  webhooks?: WebhookFault;
  /** Look-ups do not see the call in its first second. */
  unseen?: boolean;
}

/** What a contact writes back: echo repeats what was sent, press chooses the first button or row. */
export type Reply = 'text' | 'echo' | 'image' | 'voice' | 'press' | 'reaction' | 'location' | 'contacts' | 'unsupported';

/** What a number plays when it is written to. */
export interface MessageScript {
  /** How far the message comes. */
  reaches: 'sent' | 'delivered' | 'read' | 'failed';
  /** WhatsApp's code, where it fails: by webhook, or, with `refused`, at once. */
  code?: number;
  refused?: boolean;
  /** Failed on one device, and delivered on another after all. */
  deliveredAfterAll?: boolean;
  /** When it is delivered, in seconds; 0.6 unless set. */
  deliveredSeconds?: number;
  reply?: Reply;
  /** To templates only; else to every message. */
  repliesToTemplates?: boolean;
  /** Wants no marketing: says so by webhook, and templates fail. */
  optedOut?: boolean;
  /** Hides the phone: replies carry WhatsApp's own id only. */
  hidesPhone?: boolean;
  request?: RequestFault;
  webhooks?: WebhookFault;
}
