import type { ListDefinition } from '../../platform/listing/lists';
import { RECORDING_STATES } from './recording.entity';
import { type RecordingRow, recordingColumns } from './recordings.repository';

/** How recordings are listed; a row becomes an answer once it has its link. */
export const RECORDINGS_LIST: ListDefinition<RecordingRow, RecordingRow> = {
  name: 'recordings',
  from: 'recordings r',
  columns: recordingColumns('r'),
  tenantColumn: 'r.tenant_id',
  idColumn: 'r.id',
  fields: {
    id: { type: 'number', sql: 'r.id' },
    callId: { type: 'number', sql: 'r.call_id' },
    userId: { type: 'number', sql: 'r.user_id' },
    state: { type: 'text', sql: 'r.state', oneOf: RECORDING_STATES },
    providerId: { type: 'text', sql: 'r.provider_id' },
    providerName: { type: 'text', sql: 'r.provider_name' },
    callProviderId: { type: 'text', sql: 'r.call_provider_id' },
    callProviderName: { type: 'text', sql: 'r.call_provider_name' },
    duration: { type: 'number', sql: 'r.duration' },
    startTime: { type: 'instant', sql: 'r.start_time' },
    createdAt: { type: 'instant', sql: 'r.created_at' },
    updatedAt: { type: 'instant', sql: 'r.updated_at' },
  },
  defaultSort: ['createdAt', 'desc'],
  read: (row) => row,
};
