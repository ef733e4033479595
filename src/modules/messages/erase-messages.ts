import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type Erasure, PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';
import type { Lease } from '../../platform/queue/lease';
import { providerKey, subjectKey } from '../../platform/text/subjects';
import { ActivityApi } from '../activity';
import { ConnectionsApi } from '../connections';
import { FilesApi } from '../files';
import { MESSAGE_PROVIDER, type MessageProvider } from './message-provider';

interface FoundMessage {
  id: string;
  connection_id: number | null;
  provider_id: string | null;
}

const CONVERSATIONS = new Statement<{ id: number; address: string; wa_id: string | null }>(
  'messaging_conversation_erase_find',
  'SELECT id, address, wa_id FROM messaging_conversations WHERE tenant_id = $1 AND (contact_id = $2 OR identity = ANY($3::text[])) ORDER BY id FOR UPDATE',
);

const MOST = 50;
const OF_PERSON = 'tenant_id = $1 AND (contact_id = $2 OR messaging_conversation_id = ANY($3::bigint[]))';
const MESSAGES = new Statement<FoundMessage>('message_erase_find', `SELECT id, connection_id, provider_id FROM messages WHERE ${OF_PERSON} LIMIT ${MOST} FOR UPDATE`);
const PENDING = new Statement<FoundMessage>(
  'message_erase_find_pending',
  `SELECT id, connection_id, provider_id FROM messages WHERE tenant_id = $1 AND messaging_conversation_id = ANY($2::bigint[]) AND status = 'pending' FOR UPDATE`,
);

// A file that somebody else was sent, too, is not the person's.
const FILES = new Statement<{ file_id: string }>(
  'message_erase_files',
  `SELECT DISTINCT a.file_id FROM message_attachments a WHERE a.tenant_id = $1 AND a.message_id = ANY($2::text[]) AND a.file_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM message_attachments o WHERE o.file_id = a.file_id AND o.tenant_id = a.tenant_id AND NOT o.message_id = ANY($2::text[]))`,
);

const MEDIA = new Statement<{ connection_id: number; media_id: string }>(
  'message_erase_media',
  `SELECT u.connection_id, u.media_id FROM uploaded_media u WHERE u.tenant_id = $1 AND u.file_id = ANY($3::text[])
   UNION
   SELECT m.connection_id, a.media_id FROM message_attachments a JOIN messages m ON m.id = a.message_id AND m.tenant_id = a.tenant_id
   WHERE a.tenant_id = $1 AND a.message_id = ANY($2::text[]) AND a.media_id IS NOT NULL AND m.connection_id IS NOT NULL`,
);

const DELETE = new Statement<{ id: string }>('message_erase', 'DELETE FROM messages WHERE tenant_id = $1 AND id = ANY($2::text[]) RETURNING id');
const DELETE_CONVERSATIONS = new Statement<{ id: number }>('messaging_conversation_erase', 'DELETE FROM messaging_conversations WHERE tenant_id = $1 AND id = ANY($2::bigint[]) RETURNING id');

/** Forgets what was written with somebody, and its files, here and at WhatsApp. */
@Injectable()
export class EraseMessages {
  constructor(
    private readonly dataSource: DataSource,
    private readonly activity: ActivityApi,
    private readonly files: FilesApi,
    private readonly connections: ConnectionsApi,
    @Inject(MESSAGE_PROVIDER) private readonly provider: MessageProvider,
    private readonly personalData: PersonalData,
  ) {
    personalData.registerStop((em, erasure) => this.stop(em, erasure));
    personalData.register('attached', (em, erasure) => this.erase(em, erasure));
    personalData.registerProvider('media', (connectionId, mediaId, lease) => this.atProvider(connectionId, mediaId, lease));
  }

  /** Nothing more is written to them. */
  private async stop(em: EntityManager, erasure: Erasure): Promise<void> {
    const conversations = await this.conversationsOf(em, erasure);
    await this.eraseMessages(em, erasure, await PENDING.rows(em, [erasure.tenantId, conversations.map(({ id }) => id)]));
  }

  /** Messages first, and what they were written in once it is empty. */
  private async erase(em: EntityManager, erasure: Erasure): Promise<number> {
    const { tenantId, contactId } = erasure;
    const conversations = await this.conversationsOf(em, erasure);
    const ids = conversations.map(({ id }) => id);
    const messages = await MESSAGES.rows(em, [tenantId, contactId, ids]);
    await this.eraseMessages(em, erasure, messages);
    if (messages.length > 0 || conversations.length === 0) return messages.length;
    // How WhatsApp calls them may stand where their number does not.
    erasure.found.names.push(...conversations.flatMap(({ address, wa_id: waId }) => [address, ...(waId === null ? [] : [waId, `+${waId}`])]));
    erasure.removed('messaging_conversations', (await DELETE_CONVERSATIONS.rows(em, [tenantId, ids])).length);
    return conversations.length;
  }

  private conversationsOf(em: EntityManager, { tenantId, contactId, identities }: Erasure): Promise<{ id: number; address: string; wa_id: string | null }[]> {
    return CONVERSATIONS.rows(em, [tenantId, contactId, identities]);
  }

  private async eraseMessages(em: EntityManager, erasure: Erasure, messages: FoundMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const { tenantId } = erasure;
    const ids = messages.map(({ id }) => id);
    const told = messages.flatMap(({ connection_id: connectionId, provider_id: providerId }) => (connectionId === null || providerId === null ? [] : [{ connectionId, providerId }]));
    const files = (await FILES.rows(em, [tenantId, ids])).map(({ file_id: id }) => id);
    const media = await MEDIA.rows(em, [tenantId, ids, files]);
    erasure.atProviders.push(...media.map(({ connection_id: connectionId, media_id: providerId }) => ({ connectionId, kind: 'media', providerId })));
    await this.activity.eraseOfMessages(em, erasure, ids);
    erasure.removed('messages', (await DELETE.rows(em, [tenantId, ids])).length);
    await this.files.erase(em, erasure, files);
    await this.personalData.eraseAbout(em, erasure, [...ids.map((id) => subjectKey('message', id)), ...told.map(({ connectionId, providerId }) => providerKey(connectionId, providerId))]);
  }

  private async atProvider(connectionId: number, mediaId: string, lease: Lease): Promise<boolean> {
    const connection = await this.connections.byId(this.dataSource.manager, connectionId);
    if (!connection) return false;
    await this.provider.erase(connection, mediaId, lease);
    return true;
  }
}
