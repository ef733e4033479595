import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import { LostRace } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { ChannelType } from '../contacts';

export interface SessionJson {
  id: number;
  funnel_conversation_id: number;
  contact_address_id: number | null;
  channel_type: ChannelType;
  messaging_conversation_id: string | null;
  start_time: string;
  end_time: string | null;
  archived_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface ConversationRow {
  id: number;
  tenant_id: number;
  contact_id: number | null;
  user_id: number | null;
  funnel_id: number;
  funnel_status_id: number | null;
  custom_fields: Record<string, unknown>;
  archived_at: string | null;
  created_at: string;
  updated_at: string;
  sessions: SessionJson[];
}

export interface NewConversation {
  contactId: number;
  userId: number | null;
  funnelId: number;
  funnelStatusId: number | null;
  customFields: Record<string, unknown>;
  archivedAt: Date | null;
  createdAt: Date | null;
  /** One session each. */
  channels: { channelType: ChannelType; addressId: number }[];
}

/** Changes of one conversation: undefined leaves a field as it is. */
export interface ConversationChange {
  id: number;
  contactId?: number;
  userId?: number | null;
  funnelStatusId?: number | null;
  archivedAt?: Date | null;
  createdAt?: Date;
  /** Merged by key; null removes one. */
  customFields?: Record<string, unknown>;
}

export const sessionsOf = (alias: string): string =>
  `coalesce((SELECT json_agg(s ORDER BY s.id) FROM channel_sessions s WHERE s.tenant_id = ${alias}.tenant_id AND s.funnel_conversation_id = ${alias}.id), '[]') AS sessions`;

const GET = new Statement<ConversationRow>('conversation_get', `SELECT v.*, ${sessionsOf('v')} FROM conversations v WHERE v.tenant_id = $1 AND v.id = $2`);

const NEXT_IDS = new Statement<{ ids: number[] }>('conversation_next_ids', `SELECT ARRAY(SELECT nextval('conversations_id_seq') FROM generate_series(1, $1)) AS ids`);

const INSERT = new Statement(
  'conversations_insert',
  `INSERT INTO conversations (id, tenant_id, contact_id, user_id, funnel_id, funnel_status_id, custom_fields, archived_at, created_at)
   SELECT sent.id, $1, sent.contact_id, sent.user_id, sent.funnel_id, sent.funnel_status_id, sent.custom_fields::jsonb, sent.archived_at,
     coalesce(sent.created_at, now())
   FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::timestamptz[], $9::timestamptz[])
     AS sent (id, contact_id, user_id, funnel_id, funnel_status_id, custom_fields, archived_at, created_at)`,
);

const INSERT_SESSIONS = new Statement(
  'channel_sessions_insert',
  `INSERT INTO channel_sessions (tenant_id, funnel_conversation_id, channel_type, contact_address_id, start_time)
   SELECT $1, sent.conversation_id, sent.channel_type, sent.address_id, coalesce(sent.start_time, now())
   FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::timestamptz[]) AS sent (conversation_id, channel_type, address_id, start_time)`,
);

const FIND_OPEN = new Statement<{ id: number; contact_id: number; funnel_id: number }>(
  'conversations_find_open',
  `SELECT min(id) AS id, contact_id, funnel_id FROM conversations
   WHERE (tenant_id = $1) IS TRUE AND contact_id = ANY($2::bigint[]) AND archived_at IS NULL GROUP BY contact_id, funnel_id`,
);

const FIND_MANY = new Statement<{ id: number; contact_id: number | null; funnel_id: number }>(
  'conversations_find_many',
  'SELECT id, contact_id, funnel_id FROM conversations WHERE (tenant_id = $1) IS TRUE AND id = ANY($2::bigint[])',
);

// A merge says what changes, not what results: two writers of one row both keep what they said. Only of whom it is cannot be both.
const UPDATE = new Statement<{ id: number }>(
  'conversations_update',
  `UPDATE conversations v SET
     contact_id = coalesce(sent.contact_id, v.contact_id),
     user_id = CASE WHEN sent.sets_user THEN sent.user_id ELSE v.user_id END,
     funnel_status_id = CASE WHEN sent.sets_status THEN sent.funnel_status_id ELSE v.funnel_status_id END,
     archived_at = CASE WHEN sent.sets_archived THEN sent.archived_at ELSE v.archived_at END,
     created_at = coalesce(sent.created_at, v.created_at),
     custom_fields = CASE WHEN sent.set_fields IS NULL THEN v.custom_fields
       WHEN sent.removed_fields IS NULL THEN v.custom_fields || sent.set_fields::jsonb
       ELSE (v.custom_fields || sent.set_fields::jsonb) - ARRAY(SELECT json_array_elements_text(sent.removed_fields::json)) END,
     updated_at = now()
   FROM unnest($2::bigint[], $3::bigint[], $4::boolean[], $5::bigint[], $6::boolean[], $7::bigint[], $8::boolean[], $9::timestamptz[], $10::timestamptz[],
     $11::text[], $12::text[]) AS sent (id, contact_id, sets_user, user_id, sets_status, funnel_status_id, sets_archived, archived_at, created_at, set_fields, removed_fields)
   WHERE (v.tenant_id = $1) IS TRUE AND v.id = sent.id AND (sent.contact_id IS NULL OR coalesce(v.contact_id, sent.contact_id) = sent.contact_id) RETURNING v.id`,
);

/** Conversations in sets: a bulk of any size costs the same number of statements. */
@Injectable()
export class ConversationsRepository {
  get(em: EntityManager, ctx: TenantContext, id: number): Promise<ConversationRow | undefined> {
    return GET.row(em, [ctx.tenantId, id]);
  }

  /** The oldest unarchived conversation of each of these contacts in each funnel. */
  findOpen(em: EntityManager, ctx: TenantContext, contactIds: number[]) {
    return FIND_OPEN.rows(em, [ctx.tenantId, contactIds]);
  }

  findMany(em: EntityManager, ctx: TenantContext, ids: number[]) {
    return FIND_MANY.rows(em, [ctx.tenantId, ids]);
  }

  /** @returns the new ids, in the order given */
  async insert(em: EntityManager, ctx: TenantContext, created: NewConversation[]): Promise<number[]> {
    const ids = (await NEXT_IDS.row(em, [created.length]))?.ids ?? [];
    await INSERT.rows(em, [
      ctx.tenantId,
      ids,
      created.map(({ contactId }) => contactId),
      created.map(({ userId }) => userId),
      created.map(({ funnelId }) => funnelId),
      created.map(({ funnelStatusId }) => funnelStatusId),
      created.map(({ customFields }) => JSON.stringify(customFields)),
      created.map(({ archivedAt }) => archivedAt),
      created.map(({ createdAt }) => createdAt),
    ]);
    const sessions = created.flatMap(({ channels, createdAt }, at) => channels.map((channel) => ({ ...channel, createdAt, id: ids[at] })));
    await INSERT_SESSIONS.rows(em, [
      ctx.tenantId,
      sessions.map(({ id }) => id),
      sessions.map(({ channelType }) => channelType),
      sessions.map(({ addressId }) => addressId),
      sessions.map(({ createdAt }) => createdAt),
    ]);
    return ids;
  }

  /** @throws LostRace where one has gone since it was found, or has been given another contact: run again, and see that */
  async update(em: EntityManager, ctx: TenantContext, changes: ConversationChange[]): Promise<void> {
    const removed = (fields: Record<string, unknown> = {}) => Object.keys(fields).filter((key) => fields[key] === null);
    const sorted = changes.toSorted((one, other) => one.id - other.id);
    const updated = await UPDATE.rows(em, [
      ctx.tenantId,
      sorted.map(({ id }) => id),
      sorted.map(({ contactId }) => contactId ?? null),
      sorted.map(({ userId }) => userId !== undefined),
      sorted.map(({ userId }) => userId ?? null),
      sorted.map(({ funnelStatusId }) => funnelStatusId !== undefined),
      sorted.map(({ funnelStatusId }) => funnelStatusId ?? null),
      sorted.map(({ archivedAt }) => archivedAt !== undefined),
      sorted.map(({ archivedAt }) => archivedAt ?? null),
      sorted.map(({ createdAt }) => createdAt ?? null),
      sorted.map(({ customFields }) => (customFields ? JSON.stringify(customFields) : null)),
      sorted.map(({ customFields }) => (removed(customFields).length > 0 ? JSON.stringify(removed(customFields)) : null)),
    ]);
    if (updated.length < changes.length) throw new LostRace();
  }
}
