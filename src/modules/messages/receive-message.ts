import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { Outbox } from '../../platform/queue/outbox';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { type SubjectKey, subjectKey } from '../../platform/text/subjects';
import { ActivityApi } from '../activity';
import type { Connection } from '../connections';
import { type BookedContact, ContactsApi, type NormalAddress, isFault } from '../contacts';
import { ChannelSessions } from '../conversations';
import { FilesApi } from '../files';
import { whatsAppAddressOf } from './addressing';
import { FETCH_MEDIA, PENDING } from './fetch-media';
import type { Correspondent, IncomingMessage } from './message-provider';
import { MessagesRepository } from './messages.repository';
import { MessagingConversationsRepository } from './messaging-conversations.repository';

const NOBODY = { firstName: null, lastName: null, nationalId: null, companyPosition: null, userId: null, customFields: {} };

/** Somebody as the webhook tells of them: who that is here, and by which address. */
interface Writer {
  address: NormalAddress;
  /** Absent where the address is none that a contact can have. */
  contact?: BookedContact;
}

/** What a person has written: one message, once, with the contact, the session and the 24 hours that go with it. */
@Injectable()
export class ReceiveMessage {
  private readonly logger = new Logger(ReceiveMessage.name);

  constructor(
    private readonly db: TenantDb,
    private readonly contacts: ContactsApi,
    private readonly sessions: ChannelSessions,
    private readonly conversations: MessagingConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly files: FilesApi,
    private readonly activity: ActivityApi,
    private readonly outbox: Outbox,
  ) {}

  /** @param ourNumber E.164: whom it was written to @returns what it is about */
  execute(ctx: TenantContext, connection: Connection, ourNumber: string, event: IncomingMessage): Promise<SubjectKey[]> {
    return this.db.write(ctx, async (em) => {
      const { address, contact } = await this.writerOf(em, ctx, connection, event.from);
      const conversation = await this.conversations.open(em, ctx.tenantId, ourNumber, address, contact?.id ?? null);
      const at = new Date(Math.min(Date.parse(event.at), Date.now()));
      if (event.type !== 'system') await this.conversations.heard(em, conversation, at, event.from.phone ?? null);
      const session =
        contact?.id && (await this.sessions.open(em, ctx.tenantId, { contactId: contact.id, channelType: 'WHATSAPP', address: address.address, messagingConversationId: String(conversation.id) }));
      const id = await this.messages.insert(em, ctx.tenantId, {
        messagingConversationId: conversation.id,
        connectionId: connection.id,
        providerId: event.providerId,
        direction: 'inbound',
        type: event.type,
        status: 'received',
        content: event.content,
        work: event.payload,
        sender: { providerId: event.from.phone ?? event.from.userId ?? null, address: address.address, role: event.type === 'system' ? 'system' : 'contact', displayName: event.from.profileName ?? null, metadata: {} },
        recipient: { providerId: event.to.providerId, address: ourNumber, role: 'user', displayName: null, metadata: {} },
        contactId: contact?.id ?? null,
        ...(session && session),
        replyToId: event.replyTo === undefined ? null : ((await this.messages.byProviderId(em, connection.id, event.replyTo))?.id ?? null),
        errors: event.errors,
        at,
      });
      const about = contact?.id === undefined ? [] : [subjectKey('contact', contact.id)];
      if (id === undefined) return about; // it came before
      await this.attach(em, ctx.tenantId, id, event);
      if (contact?.id !== undefined && event.movedTo) await this.move(em, ctx, connection, contact.id, event.movedTo);
      const entry = { communicationType: 'WhatsAppMessage', source: 'webhook', status: 'RECEIVED', request: event.payload, response: null };
      await this.activity.record(em, ctx.tenantId, { ...entry, contactId: contact?.id ?? null, contactedAt: at, messageId: id });
      return [...about, subjectKey('message', id)];
    });
  }

  /** Matched or made by the phone, and by WhatsApp's own id: who hides the phone comes without one. */
  private async writerOf(em: EntityManager, ctx: TenantContext, connection: Connection, { phone, userId, profileName }: Correspondent): Promise<Writer> {
    const known = addressesOf(ctx, connection, { phone, userId });
    // WhatsApp has users whose number no numbering plan knows, as test numbers: what they write has a home all the same.
    const written = phone === undefined ? (userId ?? '') : `+${phone}`;
    const [first] = known;
    if (!first) return { address: { channelType: 'WHATSAPP', address: written, identity: `WHATSAPP:${written}` } };
    const [firstName = null, ...rest] = (profileName ?? '').trim().split(/\s+/).filter(Boolean);
    const person = { ...NOBODY, firstName, lastName: rest.join(' ') || null, addresses: known };
    const found = await this.contacts.findOrCreate(em, ctx, person);
    if (!('code' in found)) return { address: first, contact: found };
    this.logger.warn(`WhatsApp says that ${known.map(({ address }) => address).join(' and ')} are one person, and there are two contacts: the first is taken`);
    const byFirst = await this.contacts.findOrCreate(em, ctx, { ...person, addresses: [first] });
    return 'code' in byFirst ? { address: first } : { address: first, contact: byFirst };
  }

  private async attach(em: EntityManager, tenantId: number, messageId: string, { media }: IncomingMessage): Promise<void> {
    if (!media) return;
    const { type, id: mediaId, contentType = 'application/octet-stream', fileName = type, ...metadata } = media;
    const fileId = await this.files.announce(em, tenantId, { fileName, contentType });
    await this.messages.attach(em, tenantId, messageId, { type, fileId, mediaId, metadata: { ...metadata, contentType, fileName }, mediaProcessing: { textRepresentation: PENDING, summary: PENDING } });
    await this.outbox.record(em, tenantId, FETCH_MEDIA, { messageId });
  }

  /** A new number of the same person, unless it is somebody else's already. */
  private async move(em: EntityManager, ctx: TenantContext, connection: Connection, contactId: number, to: Correspondent): Promise<void> {
    const addresses = addressesOf(ctx, connection, to);
    const moved = addresses.length === 0 ? undefined : await this.contacts.findOrCreate(em, ctx, { ...NOBODY, contactId, addresses });
    if (moved && 'code' in moved) this.logger.warn(`Contact ${contactId} has a new number, which is not theirs here: ${moved.message}`);
  }
}

/** Those that are addresses by the one normaliser. */
function addressesOf(ctx: TenantContext, connection: Connection, { phone, userId }: Correspondent): NormalAddress[] {
  const written = [...(phone === undefined ? [] : [`+${phone}`]), ...(userId === undefined ? [] : [userId])];
  return written.map((text) => whatsAppAddressOf(ctx, connection, text)).filter((address): address is NormalAddress => !isFault(address));
}
