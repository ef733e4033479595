import type { ListDefinition } from '../../platform/listing/lists';
import { type CallRow, callColumns } from './calls.repository';
import { DISPOSITIONS } from './dispositions';
import { CallDto } from './dto/call.dto';

/** How calls are listed; a range of startTime has parameters of its own. */
export const CALLS_LIST: ListDefinition<CallRow, CallDto> = {
  name: 'calls',
  from: 'calls c',
  columns: callColumns('c'),
  tenantColumn: 'c.tenant_id',
  idColumn: 'c.id',
  fields: {
    id: { type: 'number', sql: 'c.id' },
    status: { type: 'text', sql: 'c.status' },
    disposition: { type: 'text', sql: 'c.disposition', oneOf: Object.keys(DISPOSITIONS) },
    direction: { type: 'text', sql: 'c.direction', oneOf: ['outgoing', 'incoming'], aliases: { outbound: ['outgoing'], inbound: ['incoming'] } },
    from: { type: 'text', sql: 'c.from_number' },
    to: { type: 'text', sql: 'c.to_number' },
    contactId: { type: 'number', sql: 'c.contact_id' },
    userId: { type: 'number', sql: 'c.user_id' },
    voiceAgentId: { type: 'number', sql: 'c.voice_agent_id' },
    funnelConversationId: { type: 'number', sql: 'c.funnel_conversation_id' },
    providerName: { type: 'text', sql: 'c.provider_name' },
    providerId: { type: 'text', sql: 'c.provider_id' },
    duration: { type: 'number', sql: 'c.duration' },
    startTime: { type: 'instant', sql: 'c.start_time' },
    createdAt: { type: 'instant', sql: 'c.created_at' },
    updatedAt: { type: 'instant', sql: 'c.updated_at' },
  },
  search: (text, sql) => `fold(concat_ws(' ', c.from_number, c.to_number)) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: CallDto.from,
};
