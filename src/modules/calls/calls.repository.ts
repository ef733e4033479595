import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Secrets } from '../../platform/config/secrets';
import { Statement } from '../../platform/database/statement';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { CallDirection, CallKind } from './call.entity';
import type { CallWork } from './call-provider';
import type { Disposition } from './dispositions';
import { doNotCallKey, erasedNumber } from './erased-number';

/** A call as a statement gives it. */
export interface CallRow {
  id: number;
  tenant_id: number;
  kind: CallKind;
  provider_name: string | null;
  provider_id: string | null;
  connection_id: number | null;
  voice_agent_id: number | null;
  funnel_conversation_id: number | null;
  session_id: number | null;
  user_id: number | null;
  contact_id: number | null;
  team_id: number | null;
  from_number: string;
  to_number: string;
  redirected_to: string | null;
  direction: CallDirection;
  status: string;
  disposition: Disposition | null;
  duration: number | null;
  start_time: string;
  answered_at: string | null;
  ended_at: string | null;
  metadata: unknown;
  custom_data: unknown;
  last_update_sequence: number;
  created_at: string;
  updated_at: string;
}

/** All but what only the dialer needs. */
export const callColumns = (alias: string): string =>
  [
    ...['id', 'tenant_id', 'kind', 'provider_name', 'provider_id', 'connection_id', 'voice_agent_id', 'funnel_conversation_id', 'session_id', 'user_id'],
    ...['contact_id', 'team_id', 'from_number', 'to_number', 'redirected_to', 'direction', 'status', 'disposition', 'duration', 'start_time'],
    ...['answered_at', 'ended_at', 'metadata', 'custom_data', 'last_update_sequence', 'created_at', 'updated_at'],
  ]
    .map((column) => `${alias}.${column}`)
    .join(', ');

/** A call to be made or recorded. */
export interface NewCall {
  kind: CallKind;
  status: string;
  direction: CallDirection;
  from: string;
  to: string;
  startTime: Date;
  providerName: string | null;
  providerId?: string | null;
  connectionId?: number | null;
  voiceAgentId?: number | null;
  funnelConversationId?: number | null;
  sessionId?: number | null;
  userId?: number | null;
  contactId?: number | null;
  teamId?: number | null;
  redirectedTo?: string | null;
  duration?: number | null;
  metadata?: unknown;
  customData?: unknown;
  work?: CallWork;
}

export interface CallUnderWay {
  callId: number;
  /** In the queue; else it is being called. */
  waits: boolean;
}

/** Who waits in which lane: a bulk must not keep single calls waiting, nor they it. */
export type Lane = 'single' | 'bulk';

const GET = new Statement<CallRow>('call_get', `SELECT ${callColumns('c')} FROM calls c WHERE c.tenant_id = $1 AND c.id = $2`);

const INSERT = new Statement<CallRow>(
  'call_insert',
  `INSERT INTO calls AS c (tenant_id, kind, status, direction, from_number, to_number, start_time, provider_name, provider_id, connection_id,
     voice_agent_id, funnel_conversation_id, session_id, user_id, contact_id, team_id, redirected_to, duration, metadata, custom_data, work)
   SELECT $1, kind, status, direction, "from", "to", "startTime", "providerName", "providerId", "connectionId", "voiceAgentId",
     "funnelConversationId", "sessionId", "userId", "contactId", "teamId", "redirectedTo", duration, metadata, "customData", work
   FROM json_to_recordset($2::json) AS sent (kind text, status text, direction text, "from" text, "to" text, "startTime" timestamptz,
     "providerName" text, "providerId" text, "connectionId" bigint, "voiceAgentId" bigint, "funnelConversationId" bigint, "sessionId" bigint,
     "userId" bigint, "contactId" bigint, "teamId" bigint, "redirectedTo" text, duration double precision, metadata jsonb, "customData" jsonb, work jsonb)
   RETURNING ${callColumns('c')}`,
);

const ENQUEUE = new Statement(
  'call_enqueue',
  `INSERT INTO call_queue (call_id, tenant_id, connection_id, lane, to_number)
   SELECT c.id, c.tenant_id, c.connection_id, $3, c.to_number FROM calls c WHERE c.tenant_id = $1 AND c.id = ANY($2::bigint[])`,
);

const LISTED = new Statement<{ number: string }>(
  'do_not_call_listed',
  `SELECT asked.number FROM unnest($2::text[]) AS asked (number)
   WHERE EXISTS (SELECT FROM do_not_call_entries d WHERE d.tenant_id = $1 AND d.number IN (asked.number, ${erasedNumber('asked.number', '$3')}))`,
);

// Waiting, or on the line just now: one snapshot of both, so that a call that the dialer takes at this moment is in one of them.
const UNDER_WAY = new Statement<{ to_number: string; call_id: number; waits: boolean }>(
  'call_under_way',
  `SELECT q.to_number, q.call_id, true AS waits FROM call_queue q WHERE q.tenant_id = $1 AND q.to_number = ANY($2::text[])
   UNION ALL
   SELECT c.to_number, c.id, false FROM call_attempts a JOIN calls c ON c.tenant_id = a.tenant_id AND c.id = a.call_id
   WHERE a.released_at IS NULL AND a.tenant_id = $1 AND c.to_number = ANY($2::text[])`,
);

@Injectable()
export class CallsRepository {
  private readonly doNotCallKey: string;

  constructor(secrets: Secrets) {
    this.doNotCallKey = doNotCallKey(secrets);
  }

  get(em: EntityManager, ctx: TenantContext, id: number): Promise<CallRow | undefined> {
    return GET.row(em, [ctx.tenantId, id]);
  }

  /** In the order given. */
  insert(em: EntityManager, ctx: TenantContext, calls: NewCall[]): Promise<CallRow[]> {
    return INSERT.rows(em, [ctx.tenantId, JSON.stringify(calls)]);
  }

  async enqueue(em: EntityManager, ctx: TenantContext, ids: number[], lane: Lane): Promise<void> {
    await ENQUEUE.rows(em, [ctx.tenantId, ids, lane]);
  }

  /** Which of these numbers must not be called. */
  async listed(em: EntityManager, ctx: TenantContext, numbers: string[]): Promise<Set<string>> {
    return new Set((await LISTED.rows(em, [ctx.tenantId, numbers, this.doNotCallKey])).map(({ number }) => number));
  }

  /** Which of these numbers wait to be called or are being called, and by which call. */
  async underWay(em: EntityManager, ctx: TenantContext, numbers: string[]): Promise<Map<string, CallUnderWay>> {
    return new Map((await UNDER_WAY.rows(em, [ctx.tenantId, numbers])).map(({ to_number: number, call_id: callId, waits }) => [number, { callId, waits }]));
  }
}
