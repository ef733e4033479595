import type { Readable } from 'node:stream';
import type { Lease } from '../../platform/queue/lease';
import type { Connection } from '../connections';

/** What can be sent (decisions.md, WhatsApp); the first is also what comes in most. */
export const SENDABLE_TYPES = ['text', 'image', 'audio', 'video', 'document', 'sticker', 'location', 'contacts', 'interactive', 'reaction'] as const;
export type SendableType = (typeof SENDABLE_TYPES)[number];

/** WhatsAppMessageType of the documents, and `template`. */
export const MESSAGE_TYPES = [...SENDABLE_TYPES, 'button', 'order', 'system', 'unknown', 'unsupported', 'media_placeholder', 'template'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export const MEDIA_TYPES = ['image', 'audio', 'video', 'document', 'sticker'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** What is sent as an object of the provider's own, given as JSON text. */
export type ObjectType = 'location' | 'contacts' | 'interactive' | 'reaction';

/** What is to be sent: checked, and without anything that only the moment of sending knows. */
export type MessageWork =
  | { type: 'text'; text: string }
  | { type: MediaType; fileId: string; caption?: string }
  | { type: ObjectType; object: unknown }
  | { type: 'template'; name: string; languageCode: string; components: unknown[] };

/** One of our numbers: E.164, and its id at the provider. */
export interface Sender {
  number: string;
  providerId: string | null;
}

/** One request to send one message. */
export interface SendOrder {
  tenantId: number;
  /** Goes to the provider as biz_opaque_callback_data, and comes back in each status. */
  messageId: string;
  from: Sender;
  /** E.164, or the id of somebody whose phone is hidden; `waId` is how the provider itself calls them, where that is known. */
  to: { address: string; waId: string | null };
  work: MessageWork;
  /** Of a work with a file: the provider's id of it, and the name that a document shows. */
  media?: { id: string; fileName: string };
  /** The provider's id of the message that this one answers. */
  replyTo?: string;
}

/** What was sent and what came back, as it was, with secrets masked: an entry of the contact's log. */
export interface MessageExchange {
  /** {method, url, body} */
  request: Record<string, unknown>;
  /** {status, status_text, body}; null where nothing came back. */
  response: { status: number; status_text: string; body: unknown } | null;
}

/** As message.errors shows it (contract, MessageError). */
export interface MessageError {
  code: number;
  title: string;
  message: string;
  href?: string;
  provider: string;
}

/** Nothing was taken, and the same may be asked again: of this recipient (`pair`) or of this number of ours (`number`) later, or once the provider is well again. */
export interface Later {
  kind: 'later';
  scope: 'pair' | 'number' | 'outage';
  retryAfterMs?: number;
  error: MessageError;
}

/** It will never be taken. `account`: nor will any other, until a person acts. */
export interface Refused {
  kind: 'refused';
  error: MessageError;
  account: boolean;
}

/** Timeout, reset, or an answer that makes no sense: it may have been taken. Its status tells, if it was: never sent again blindly. */
export interface Unknown {
  kind: 'unknown';
  message: string;
}

/** How a request to send ended. Nothing is thrown but LeaseLost: whatever else happens is one of these. */
export type SendResult = { exchange: MessageExchange } & (
  | { kind: 'accepted'; providerId: string; waId?: string }
  /** The provider has forgotten the file: upload it once more. */
  | { kind: 'media-gone'; error: MessageError }
  | Later
  | Refused
  | Unknown
);

export interface UploadOrder {
  from: Sender;
  fileName: string;
  contentType: string;
  /** Bytes. */
  size: number;
  content: Readable;
}

export type UploadResult = { exchange: MessageExchange } & ({ kind: 'accepted'; mediaId: string } | Later | Refused | Unknown);

/** A file that came with a message, being fetched. */
export interface FetchedMedia {
  content: Readable;
  /** What the provider says that it is. */
  contentType: string | undefined;
}

/** The provider has no such file, or not any more: asking again would not help. */
export class MediaGone extends Error {}

/** What is wrong with what a client wants to send: `path` within what was sent, empty for all of it. */
export interface ContentFault {
  path: string;
  message: string;
}

/** What each kind of file may be, and how large. */
export interface MediaRule {
  contentTypes: readonly string[];
  /** Bytes. */
  maxBytes: number;
}

/** Who can carry messages. The adapter lives in integrations/, and is bound in app.module.ts. */
export interface MessageProvider {
  readonly name: 'whatsapp';
  readonly media: Readonly<Record<MediaType, MediaRule>>;
  /** How long an uploaded file is kept, in ms, with a day to spare. */
  readonly mediaLifetimeMs: number;
  /** Against its own rules: what it would refuse is told to the client before anything is stored. */
  faultsOfObject(type: ObjectType, object: unknown): ContentFault[];
  /** Of a template's components, as CreateTemplateMessage takes them. */
  faultsOfComponents(components: unknown[]): ContentFault[];
  /** @throws LeaseLost before anything is sent, where the lease does not hold at that very moment; so do upload and erase */
  send(connection: Connection, order: SendOrder, lease: Lease): Promise<SendResult>;
  upload(connection: Connection, order: UploadOrder, lease: Lease): Promise<UploadResult>;
  /** @throws MediaGone; anything else may be tried again */
  download(connection: Connection, media: { id: string; from: Sender }, maxBytes: number): Promise<FetchedMedia>;
  /** Has it delete a file; one that it does not have is deleted. @throws where it could not be asked */
  erase(connection: Connection, mediaId: string, lease: Lease): Promise<void>;
}

/** Injection token of the adapter: `MessageProvider`. */
export const MESSAGE_PROVIDER = Symbol('MESSAGE_PROVIDER');

/** Whom a message is from or to, as a webhook tells of them. At least one of `phone` and `userId` is there. */
export interface Correspondent {
  /** As the provider writes it: digits with the country code. */
  phone?: string;
  /** BSUID, as US.13491208655302741918: of somebody who may hide the phone. */
  userId?: string;
  profileName?: string;
}

/** One of our numbers, as a webhook names it. */
export interface OurNumber {
  providerId: string;
  /** As the provider writes it. */
  displayNumber?: string;
}

/** A person has written. */
export interface IncomingMessage {
  kind: 'message';
  to: OurNumber;
  from: Correspondent;
  providerId: string;
  /** ISO 8601: when it was written, not when it came. */
  at: string;
  type: MessageType;
  /** Text or caption; of what has neither, the JSON text of the provider's object; '' where there is nothing to say. */
  content: string;
  /** The message as it came. */
  payload: Record<string, unknown>;
  media?: { type: MediaType; id: string; contentType?: string; sha256?: string; fileName?: string; voice?: boolean };
  /** The provider's id of the message that it answers or reacts to. */
  replyTo?: string;
  /** system, user_changed_number: the person's new number. */
  movedTo?: Correspondent;
  errors: MessageError[];
}

/** What has become of a message of ours. */
export interface MessageStatusReport {
  kind: 'status';
  to: OurNumber;
  providerId: string;
  /** Our id, where it came back. */
  messageId?: string;
  status: 'sent' | 'delivered' | 'read' | 'failed';
  /** ISO 8601 */
  at: string;
  errors: MessageError[];
  /** Conversation, pricing and the like, in the provider's words: kept in metadata.provider. */
  details: Record<string, unknown>;
  recipient: Correspondent;
  /** The status as it came. */
  payload: Record<string, unknown>;
}

/** A person wants marketing no more, or again. */
export interface MarketingPreference {
  kind: 'preference';
  to: OurNumber;
  from: Correspondent;
  optedOut: boolean;
  /** ISO 8601 */
  at: string;
  payload: Record<string, unknown>;
}

/** What a provider tells by webhook, in our words. */
export type MessageEvent = IncomingMessage | MessageStatusReport | MarketingPreference;
