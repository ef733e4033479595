import type { ListDefinition } from '../../platform/listing/lists';
import { customField } from '../contacts';
import { type ConversationRow, sessionsOf } from './conversations.repository';

/** How conversations are listed. `archived` is derived: archived:true, archived:false. */
export const CONVERSATIONS_LIST: ListDefinition<ConversationRow, ConversationRow> = {
  name: 'conversations',
  from: 'conversations v',
  columns: 'v.*',
  tenantColumn: 'v.tenant_id',
  idColumn: 'v.id',
  fields: {
    id: { type: 'number', sql: 'v.id' },
    funnelId: { type: 'number', sql: 'v.funnel_id' },
    funnelStatusId: { type: 'number', sql: 'v.funnel_status_id' },
    contactId: { type: 'number', sql: 'v.contact_id' },
    userId: { type: 'number', sql: 'v.user_id' },
    archived: { type: 'boolean', sql: '(v.archived_at IS NOT NULL)' },
    archivedAt: { type: 'instant', sql: 'v.archived_at' },
    createdAt: { type: 'instant', sql: 'v.created_at' },
    updatedAt: { type: 'instant', sql: 'v.updated_at' },
  },
  fieldOf: (name) => customField('v', name),
  dynamicFields: ['customFields.<fieldKey>'],
  search: (text, sql) =>
    `v.contact_id IN (SELECT c.id FROM contacts c WHERE c.tenant_id = $1 AND c.search_text LIKE ${sql.like(text)})`,
  defaultSort: ['createdAt', 'desc'],
  wrap: (page) => `SELECT v.*, ${sessionsOf('v')} FROM (${page}) AS v`,
  read: (row) => row,
};
