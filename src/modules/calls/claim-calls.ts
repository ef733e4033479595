import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Secrets } from '../../platform/config/secrets';
import { Statement } from '../../platform/database/statement';
import { Lease } from '../../platform/queue/lease';
import { ConnectionsApi } from '../connections';
import { callerId } from './attempts.repository';
import type { CallProviderName, CallWork } from './call-provider';
import { CallProviders } from './call-providers';
import type { Lane } from './calls.repository';
import { DialerTimings } from './dialer-timings';
import { OPEN_STATUSES } from './dispositions';
import { doNotCallKey, erasedNumber } from './erased-number';

/** A line of a connection, taken for a call: the request may go out now. */
export interface ClaimedAttempt {
  id: number;
  tenant_id: number;
  call_id: number;
  connection_id: number;
  number: number;
  lane: Lane;
  from_number: string;
  /** The caller's number at the provider. */
  from_provider_id: string | null;
  to_number: string;
  work: CallWork;
  contact_id: number | null;
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  /** On the do-not-call list since it was queued. */
  listed: boolean;
}

const LOCK = new Statement<{ tenant_id: number | null; provider: CallProviderName; concurrency_limit: number | null; learnt_limit: number | null; probing: boolean }>(
  'dialer_lock_connection',
  `SELECT tenant_id, provider, concurrency_limit, learnt_limit, paused_reason IS NOT NULL AS probing FROM connections
   WHERE id = $1 AND coalesce(blocked_until <= clock_timestamp(), true) AND coalesce(paused_until <= clock_timestamp(), true) FOR UPDATE`,
);

/**
 * Takes the next calls of a connection, as many as it has free lines. Lines are shared out, not turns: the tenant that holds
 * the fewest goes first, within it the lane that holds the fewest, and of equals the one that was served least recently. Reads
 * the head of each tenant's lanes only, however long they are; ANY(ARRAY(…)) and OFFSET 0 keep the planner, which cannot know
 * how few are taken, from reading the whole of the queue, of calls and of contacts for them. A call that has come to its end
 * is only taken out of the queue. What the provider is told that may be changed later stays with the attempt, for its look-up.
 */
const CLAIM = new Statement<ClaimedAttempt>(
  'dialer_claim',
  `WITH RECURSIVE waiting (tenant_id) AS (
     (SELECT tenant_id FROM call_queue WHERE connection_id = $1 ORDER BY tenant_id LIMIT 1)
     UNION ALL
     SELECT (SELECT q.tenant_id FROM call_queue q WHERE q.connection_id = $1 AND q.tenant_id > w.tenant_id ORDER BY q.tenant_id LIMIT 1)
     FROM waiting w WHERE w.tenant_id IS NOT NULL
   ), held AS (
     SELECT tenant_id, lane, count(*) AS lines FROM call_attempts WHERE connection_id = $1 AND released_at IS NULL GROUP BY tenant_id, lane
   ), free AS (
     SELECT least(greatest($2::int8 - (SELECT coalesce(sum(lines), 0) FROM held), 0), $3::int8)::int8 AS lines
   ), in_lane AS (
     SELECT head.call_id, w.tenant_id, lanes.lane, coalesce(held.lines, 0) + row_number() OVER (PARTITION BY w.tenant_id, lanes.lane ORDER BY head.due_at, head.call_id) AS place,
       (SELECT a.id FROM call_attempts a WHERE a.connection_id = $1 AND a.tenant_id = w.tenant_id AND a.lane = lanes.lane ORDER BY a.id DESC LIMIT 1) AS served
     FROM waiting w
     CROSS JOIN (VALUES ('single'), ('bulk')) AS lanes (lane)
     CROSS JOIN LATERAL (
       SELECT q.call_id, q.due_at FROM call_queue q
       WHERE q.connection_id = $1 AND q.tenant_id = w.tenant_id AND q.lane = lanes.lane AND q.due_at <= clock_timestamp()
       ORDER BY q.due_at, q.call_id LIMIT (SELECT lines FROM free)
     ) AS head
     LEFT JOIN held ON held.tenant_id = w.tenant_id AND held.lane = lanes.lane
   ), in_tenant AS (
     SELECT call_id, tenant_id, max(served) OVER (PARTITION BY tenant_id) AS served,
       (SELECT coalesce(sum(lines), 0) FROM held WHERE held.tenant_id = in_lane.tenant_id)
         + row_number() OVER (PARTITION BY tenant_id ORDER BY place, served NULLS FIRST, lane DESC) AS place
     FROM in_lane
   ), taken AS (
     DELETE FROM call_queue WHERE call_id = ANY(ARRAY(SELECT call_id FROM in_tenant ORDER BY place, served NULLS FIRST, call_id LIMIT (SELECT lines FROM free)))
     RETURNING call_id, tenant_id, lane, attempts
   ), made AS (
     INSERT INTO call_attempts (tenant_id, call_id, connection_id, number, lane, state, sent, dialed_at, check_at)
     SELECT tenant_id, call_id, $1, attempts + 1, lane, 'dialing', c.sent, clock_timestamp(), clock_timestamp() + make_interval(secs => $4) FROM taken
     CROSS JOIN LATERAL (
       SELECT jsonb_build_object('fromProviderId', ${callerId('c')}) AS sent
       FROM calls c WHERE c.tenant_id = taken.tenant_id AND c.id = taken.call_id AND c.status IN (${OPEN_STATUSES.map((status) => `'${status}'`).join(', ')}) OFFSET 0
     ) AS c
     RETURNING id, tenant_id, call_id, connection_id, number, lane, sent->>'fromProviderId' AS from_provider_id
   )
   SELECT made.*, c.from_number, c.to_number, c.work, c.contact_id, c.listed, p.first_name, p.last_name, p.email
   FROM made
   CROSS JOIN LATERAL (
     SELECT c.from_number, c.to_number, c.work, c.contact_id,
       EXISTS (SELECT FROM do_not_call_entries d WHERE d.tenant_id = c.tenant_id AND d.number IN (c.to_number, ${erasedNumber('c.to_number', '$5')})) AS listed
     FROM calls c WHERE c.tenant_id = made.tenant_id AND c.id = made.call_id OFFSET 0
   ) AS c
   LEFT JOIN LATERAL (
     SELECT p.first_name, p.last_name,
       (SELECT a.address FROM contact_addresses a WHERE a.tenant_id = p.tenant_id AND a.contact_id = p.id AND a.channel_type = 'EMAIL' ORDER BY a.id LIMIT 1) AS email
     FROM contacts p WHERE p.tenant_id = made.tenant_id AND p.id = c.contact_id OFFSET 0
   ) AS p ON true
   ORDER BY made.id`,
);

const HOLD_BACK = new Statement('dialer_pace', `UPDATE connections SET blocked_until = clock_timestamp() + make_interval(secs => $2) WHERE id = $1`);

export interface Claim {
  attempts: ClaimedAttempt[];
  /** They are this process's for so long. */
  lease: Lease;
  /** Least time until the next claim, in ms; 0 is none. */
  paceMs: number;
}

/** How many lines there are: what the provider says, or less where a person has said so. */
export const linesOf = (configured: number | null, learnt: number | null, defaultLimit: number): number =>
  Math.min(configured ?? learnt ?? defaultLimit, learnt ?? configured ?? defaultLimit);

/** The queue's other end. One at a time per connection, over all processes: so lines in use are never more than there are. */
@Injectable()
export class ClaimCalls {
  private readonly doNotCallKey: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly connections: ConnectionsApi,
    private readonly providers: CallProviders,
    private readonly timings: DialerTimings,
    secrets: Secrets,
  ) {
    this.doNotCallKey = doNotCallKey(secrets);
  }

  execute(connectionId: number): Promise<Claim> {
    return this.dataSource.transaction((em) => this.executeIn(em, connectionId));
  }

  async executeIn(em: EntityManager, connectionId: number): Promise<Claim> {
    const { leaseMs } = this.timings;
    const connection = await LOCK.row(em, [connectionId]);
    const lease = new Lease(leaseMs, Lease.now());
    if (!connection) return { attempts: [], lease, paceMs: 0 }; // blocked or paused for now
    // What another process takes for real, the sandbox would play here.
    if (this.connections.isDisputed(connection.tenant_id, connection.provider)) return { attempts: [], lease, paceMs: 0 };
    const { defaultLimit, paceMs } = this.providers.of(connection.provider);
    const limit = linesOf(connection.concurrency_limit, connection.learnt_limit, defaultLimit);
    // An account that has failed is tried with one call; a paced provider is given one at a time.
    const most = connection.probing || paceMs > 0 ? 1 : limit;
    const attempts = await CLAIM.rows(em, [connectionId, limit, most, leaseMs / 1000, this.doNotCallKey]);
    if (paceMs > 0 && attempts.length > 0) await HOLD_BACK.rows(em, [connectionId, paceMs / 1000]);
    return { attempts, lease, paceMs };
  }
}
