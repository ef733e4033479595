import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import { Config } from '../../platform/config/config';
import { type Erasure, PersonalData } from '../../platform/database/personal-data';
import type { Rehearsal } from '../../platform/database/rehearsal';
import { Retention } from '../../platform/database/retention';
import { type ListDefinition, Lists, rangeOf } from '../../platform/listing/lists';
import type { Page } from '../../platform/listing/list-query.dto';
import type { Sql } from '../../platform/listing/sql';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { storableJson } from '../../platform/text/storable';
import { ActivityDto, type ActivityRow, type ListActivityQueryDto } from './dto/activity.dto';

export interface NewActivity {
  contactId: number | null;
  /** Through what, and by whom, as VapiCall. */
  communicationType: string;
  /** What led to it, as api. */
  source: string;
  /** Now, where absent. */
  contactedAt?: Date;
  status: string;
  request: unknown;
  /** Null where nothing came back. */
  response: unknown;
  callId?: number;
  messageId?: string;
}

/** Something that was done elsewhere: when is known, and no call or message of ours belongs to it. */
export type PastActivity = Required<Pick<NewActivity, 'communicationType' | 'source' | 'contactedAt' | 'status' | 'request' | 'response'>> & { contactId: number };

const RECORD = new Statement(
  'activity_record',
  `INSERT INTO activities (tenant_id, contact_id, communication_type, source, contacted_at, status, request, response, call_id, message_id)
   VALUES ($1, $2, $3, $4, coalesce($5, now()), $6, $7, $8, $9, $10)`,
);

const RECORD_HISTORY = new Statement<{ history_key: string }>(
  'activity_record_history',
  `INSERT INTO activities (tenant_id, contact_id, communication_type, source, contacted_at, status, request, response, history_key)
   SELECT $1, told.contact_id, told.communication_type, told.source, told.contacted_at, told.status, told.request::jsonb, told.response::jsonb, told.history_key
   FROM unnest($2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[])
     AS told (contact_id, communication_type, source, contacted_at, status, request, response, history_key)
   ORDER BY told.history_key
   ON CONFLICT (history_key, tenant_id) WHERE history_key IS NOT NULL DO NOTHING RETURNING history_key`,
);

const FIND_HISTORY = new Statement<{ history_key: string }>(
  'activity_find_history',
  'SELECT history_key FROM activities WHERE (tenant_id = $1) IS TRUE AND history_key = ANY($2::text[])',
);

const MOST_ERASED = 250;

const ERASE = new Statement<{ id: number }>(
  'activity_erase',
  `DELETE FROM activities WHERE tenant_id = $1 AND id = ANY(ARRAY(SELECT id FROM activities WHERE tenant_id = $1 AND contact_id = $2 LIMIT ${MOST_ERASED})) RETURNING id`,
);
const ERASE_OF_CALLS = new Statement<{ id: number }>('activity_erase_of_calls', 'DELETE FROM activities WHERE tenant_id = $1 AND call_id = ANY($2::bigint[]) RETURNING id');
const ERASE_OF_MESSAGES = new Statement<{ id: number }>('activity_erase_of_messages', 'DELETE FROM activities WHERE tenant_id = $1 AND message_id = ANY($2::text[]) RETURNING id');

const LIST: ListDefinition<ActivityRow, ActivityDto> = {
  name: 'activities',
  from: 'activities a',
  columns: 'a.id, a.tenant_id, a.contact_id, a.communication_type, a.source, a.contacted_at, a.status, a.request, a.response, a.call_id, a.message_id',
  tenantColumn: 'a.tenant_id',
  idColumn: 'a.id',
  fields: {
    id: { type: 'number', sql: 'a.id' },
    communicationType: { type: 'text', sql: 'a.communication_type' },
    source: { type: 'text', sql: 'a.source' },
    contactedAt: { type: 'instant', sql: 'a.contacted_at' },
    status: { type: 'text', sql: 'a.status' },
    callId: { type: 'number', sql: 'a.call_id' },
    messageId: { type: 'text', sql: 'a.message_id' },
  },
  search: (text, sql) => `fold(concat_ws(' ', a.communication_type, a.source, a.status, a.request, a.response)) LIKE ${sql.like(text)}`,
  defaultSort: ['contactedAt', 'desc'],
  read: ActivityDto.from,
};

const DAY_MS = 24 * 3600 * 1000;
const SECRET = /authorization|token|secret|password|api[-_]?key/i;
const MASK = '***';

/** What other modules may ask of the log. */
@Injectable()
export class ActivityApi {
  constructor(
    private readonly lists: Lists,
    retention: Retention,
    private readonly config: Config,
    personalData: PersonalData,
  ) {
    personalData.register('person', async (em, erasure) => {
      const { length } = await ERASE.rows(em, [erasure.tenantId, erasure.contactId]);
      erasure.removed('activities', length);
      return length;
    });
    // Entries that are of no contact, call or message: as of a number that wants no marketing, and was nobody's then.
    const key = { id: 'bigint' };
    personalData.registerText({ table: 'activities', key, text: `concat_ws(' ', request, response)`, where: 'contact_id IS NULL AND call_id IS NULL AND message_id IS NULL' });
    const { ACTIVITY_RETENTION_DAYS: days } = config;
    retention.register({ table: 'activities', expired: `contacted_at < now() - interval '${days} days'` });
  }

  /** Adapters mask what is secret of their provider's; here is a second line, by the names that secrets go by. One statement. */
  async record(em: EntityManager, tenantId: number, activity: NewActivity): Promise<void> {
    const { contactId, communicationType, source, contactedAt, status, request, response, callId, messageId } = activity;
    await RECORD.rows(em, [tenantId, contactId, communicationType, source, contactedAt ?? null, status, masked(request), masked(response), callId ?? null, messageId ?? null]);
  }

  /** Entries of before are not kept. */
  get keptSince(): Date {
    return new Date(Date.now() - this.config.ACTIVITY_RETENTION_DAYS * DAY_MS);
  }

  /**
   * One statement for all, each entry once: told again it is left as it is.
   * @param rehearsal given, nothing is written
   * @returns which of them are new, in order
   */
  async recordHistory(em: EntityManager, tenantId: number, entries: PastActivity[], rehearsal?: Rehearsal): Promise<boolean[]> {
    if (entries.length === 0) return [];
    const rows = entries.map(({ contactId, communicationType, source, contactedAt, status, request, response }) => {
      const values = [contactId, communicationType, source, contactedAt.toISOString(), status, masked(request), masked(response)];
      return [...values, createHash('sha256').update(JSON.stringify(values)).digest('hex')];
    });
    const columns = rows[0]?.map((_, column) => rows.map((row) => row[column])) ?? [];
    const keys = rows.map((row) => row.at(-1) as string);
    const added = rehearsal ? await newIn(em, tenantId, keys, rehearsal) : new Set((await RECORD_HISTORY.rows(em, [tenantId, ...columns])).map(({ history_key: key }) => key));
    // Of two that say the same, the first is the new one.
    return keys.map((key) => added.delete(key));
  }

  async eraseOfCalls(em: EntityManager, erasure: Erasure, ids: number[]): Promise<void> {
    erasure.removed('activities', (await ERASE_OF_CALLS.rows(em, [erasure.tenantId, ids])).length);
  }

  async eraseOfMessages(em: EntityManager, erasure: Erasure, ids: string[]): Promise<void> {
    erasure.removed('activities', (await ERASE_OF_MESSAGES.rows(em, [erasure.tenantId, ids])).length);
  }

  /** The newest first. Whether there is such a contact is for the caller to know. */
  ofContact(em: EntityManager, ctx: TenantContext, contactId: number, query: ListActivityQueryDto): Promise<Page<ActivityDto>> {
    const request = this.lists.request(query);
    const filters = [...request.filters, ...rangeOf('contactedAt', query, 'contactedFrom', 'contactedTo')];
    return this.lists.page(em, ctx, LIST, { ...request, filters, scope: (sql: Sql) => `a.contact_id = ${sql.bind(contactId)}`, scopeName: String(contactId) });
  }
}

/** Which of these would be new, in a dry run. */
async function newIn(em: EntityManager, tenantId: number, keys: string[], rehearsal: Rehearsal): Promise<Set<string>> {
  const recorded = await FIND_HISTORY.rows(em, [tenantId, keys]);
  const rehearsed = await rehearsal.recall(em, 'activity.history', keys);
  const added = new Set(keys.filter((key) => !rehearsed.has(key)));
  for (const { history_key: key } of recorded) added.delete(key);
  await rehearsal.note(em, 'activity.history', new Map([...added].map((key) => [key, true])));
  return added;
}

/** JSON for a column; a number is no secret, whatever it is called: maxTokens. */
function masked(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return storableJson(value, (key, inner) => (SECRET.test(key) && (typeof inner === 'string' || typeof inner === 'object') && inner !== null ? MASK : inner));
}
