import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { ChannelType, NormalAddress } from '../contacts';

/** Where in a funnel something is said. */
export interface OpenSession {
  funnelConversationId: number;
  sessionId: number;
}

// One that no messaging conversation has taken yet is taken: conversations are made with a session for each channel.
const OPEN = new Statement<OpenSession>(
  'channel_session_open',
  `WITH conversation AS (
     SELECT id FROM conversations WHERE (tenant_id = $1) IS TRUE AND contact_id = $2 AND archived_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1
   ), found AS (
     SELECT s.id, s.funnel_conversation_id FROM channel_sessions s JOIN conversation v ON s.funnel_conversation_id = v.id
     WHERE (s.tenant_id = $1) IS TRUE AND s.channel_type = $3 AND s.end_time IS NULL AND s.archived_at IS NULL
       AND (s.messaging_conversation_id = $5 OR s.messaging_conversation_id IS NULL)
     ORDER BY s.messaging_conversation_id IS NULL, s.id LIMIT 1
   ), taken AS (
     UPDATE channel_sessions s SET messaging_conversation_id = $5, updated_at = now() FROM found
     WHERE (s.tenant_id = $1) IS TRUE AND s.id = found.id AND s.messaging_conversation_id IS NULL
   ), made AS (
     INSERT INTO channel_sessions (tenant_id, funnel_conversation_id, channel_type, contact_address_id, messaging_conversation_id, start_time)
     SELECT $1, v.id, $3, (SELECT a.id FROM contact_addresses a WHERE (a.tenant_id = $1) IS TRUE AND a.contact_id = $2 AND a.address = $4 ORDER BY a.channel_type <> $3, a.id LIMIT 1), $5, now()
     FROM conversation v WHERE NOT EXISTS (SELECT FROM found) RETURNING id, funnel_conversation_id
   )
   SELECT funnel_conversation_id AS "funnelConversationId", id AS "sessionId" FROM found
   UNION ALL SELECT funnel_conversation_id, id FROM made`,
);

/** The sessions in which a contact's conversations go through the channels. */
@Injectable()
export class ChannelSessions {
  /**
   * The open session of the contact's newest unarchived conversation, begun where there is none; undefined where the contact has
   * no such conversation. One statement. Two at once would begin two: whoever asks holds a lock of the messaging conversation.
   */
  open(
    em: EntityManager,
    tenantId: number,
    { contactId, channelType, address, messagingConversationId }: { contactId: number; channelType: ChannelType; messagingConversationId: string } & Pick<NormalAddress, 'address'>,
  ): Promise<OpenSession | undefined> {
    return OPEN.row(em, [tenantId, contactId, channelType, address, messagingConversationId]);
  }
}
