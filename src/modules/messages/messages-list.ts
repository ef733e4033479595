import type { ListDefinition } from '../../platform/listing/lists';
import { MESSAGE_TYPES } from './message-provider';
import { MESSAGE_STATUSES, type MessageRow, messageColumns } from './messages.repository';

/** How messages are listed; a row becomes an answer once its files have their links. */
export const MESSAGES_LIST: ListDefinition<MessageRow, MessageRow> = {
  name: 'messages',
  from: 'messages m',
  columns: messageColumns('m'),
  tenantColumn: 'm.tenant_id',
  idColumn: 'm.id',
  idCast: 'text',
  fields: {
    id: { type: 'text', sql: 'm.id' },
    contactId: { type: 'number', sql: 'm.contact_id' },
    conversationId: { type: 'number', sql: 'm.messaging_conversation_id' },
    funnelConversationId: { type: 'number', sql: 'm.funnel_conversation_id' },
    sessionId: { type: 'number', sql: 'm.session_id' },
    userId: { type: 'number', sql: 'm.user_id' },
    direction: { type: 'text', sql: 'm.direction', oneOf: ['inbound', 'outbound'] },
    status: { type: 'text', sql: 'm.status', oneOf: MESSAGE_STATUSES },
    type: { type: 'text', sql: 'm.type', oneOf: MESSAGE_TYPES },
    providerId: { type: 'text', sql: 'm.provider_id' },
    from: { type: 'text', sql: `m.sender->>'address'` },
    to: { type: 'text', sql: `m.recipient->>'address'` },
    createdAt: { type: 'instant', sql: 'm.created_at' },
    updatedAt: { type: 'instant', sql: 'm.updated_at' },
  },
  search: (text, sql) => `fold(m.content) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: (row) => row,
};
