import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { CallWork } from './call-provider';
import type { Lane } from './calls.repository';

/** dialing: a request may be under way; live: the provider has the call; unknown: nobody knows whether it has; over: done. */
export type AttemptState = 'dialing' | 'live' | 'unknown' | 'over';

export interface AttemptRow {
  id: number;
  tenant_id: number;
  call_id: number;
  connection_id: number;
  number: number;
  lane: Lane;
  state: AttemptState;
  provider_id: string | null;
  dialed_at: string;
  accepted_at: string | null;
  released_at: string | null;
  checks: number;
}

const COLUMNS = 'a.id, a.tenant_id, a.call_id, a.connection_id, a.number, a.lane, a.state, a.provider_id, a.dialed_at, a.accepted_at, a.released_at, a.checks';

/** The provider's id of the number that a call is from. @param call an alias of calls */
export const callerId = (call: string): string =>
  `(SELECT n.provider_id FROM phone_numbers n WHERE n.tenant_id = ${call}.tenant_id AND n.provider = ${call}.provider_name AND n.number = ${call}.from_number)`;

/** An attempt that somebody has to look after, with what a look-up needs. */
export interface DueAttempt extends AttemptRow {
  /** Since when nothing has been heard of it, in ms and by one clock: since the provider took it, or since no request for it can be under way any more. */
  silent_ms: number;
  from_number: string;
  from_provider_id: string | null;
  to_number: string;
  work: CallWork;
}

const FIND_BY_PROVIDER_ID = new Statement<AttemptRow>(
  'attempt_by_provider_id',
  `SELECT ${COLUMNS} FROM call_attempts a WHERE a.connection_id = $1 AND a.provider_id = $2 ORDER BY a.id DESC LIMIT 1`,
);

const FIND_BY_CALL = new Statement<AttemptRow>(
  'attempt_by_call',
  `SELECT ${COLUMNS} FROM call_attempts a WHERE a.connection_id = $1 AND a.call_id = $2 AND a.number = coalesce($3, a.number) ORDER BY a.number DESC LIMIT 1`,
);

const LOCK = new Statement<AttemptRow>('attempt_lock', `SELECT ${COLUMNS} FROM call_attempts a WHERE a.id = $1 FOR UPDATE`);

// ANY(ARRAY(…)) and OFFSET 0 for the same reason as in claim-calls.ts.
const TAKE_DUE = new Statement<DueAttempt>(
  'attempt_take_due',
  `WITH taken AS (
     UPDATE call_attempts a SET check_at = clock_timestamp() + make_interval(secs => $2), state = CASE a.state WHEN 'dialing' THEN 'unknown' ELSE a.state END,
       unknown_at = CASE a.state WHEN 'dialing' THEN clock_timestamp() ELSE a.unknown_at END
     WHERE a.id = ANY(ARRAY(SELECT id FROM call_attempts WHERE check_at <= clock_timestamp() ORDER BY check_at LIMIT $1 FOR UPDATE SKIP LOCKED))
     RETURNING ${COLUMNS}, a.sent, extract(epoch FROM clock_timestamp() - coalesce(a.accepted_at, a.unknown_at, a.dialed_at))::float8 * 1000 AS silent_ms
   )
   SELECT taken.*, c.from_number, c.to_number, c.work, CASE WHEN taken.sent IS NULL THEN c.from_provider_id ELSE taken.sent->>'fromProviderId' END AS from_provider_id
   FROM taken CROSS JOIN LATERAL (
     SELECT c.from_number, c.to_number, c.work, ${callerId('c')} AS from_provider_id
     FROM calls c WHERE c.tenant_id = taken.tenant_id AND c.id = taken.call_id OFFSET 0
   ) AS c`,
);

const SAVE = new Statement(
  'attempt_save',
  `UPDATE call_attempts SET state = $2, provider_id = $3, accepted_at = coalesce(accepted_at, $4),
     released_at = CASE WHEN $5 THEN coalesce(released_at, clock_timestamp()) END, outcome = CASE WHEN $2 = 'over' THEN coalesce($6, outcome) END,
     check_at = CASE WHEN $2 = 'over' THEN NULL ELSE coalesce(clock_timestamp() + make_interval(secs => $7), check_at) END
   WHERE id = $1`,
);

// Of those who look at once only the first counts.
const CHECK_LATER = new Statement(
  'attempt_check_later',
  `UPDATE call_attempts SET check_at = clock_timestamp() + make_interval(secs => $3), checks = checks + $4 WHERE id = $1 AND checks = $2 AND state <> 'over'`,
);

const MARK_UNKNOWN = new Statement(
  'attempt_mark_unknown',
  `UPDATE call_attempts SET state = 'unknown', unknown_at = clock_timestamp(), check_at = clock_timestamp() + make_interval(secs => $2) WHERE id = $1 AND state = 'dialing'`,
);

const REMOVE = new Statement<AttemptRow>(
  'attempt_remove',
  `DELETE FROM call_attempts a WHERE a.id = $1 AND a.state IN ('dialing', 'unknown') AND a.provider_id IS NULL RETURNING ${COLUMNS}`,
);

const NEVER_MADE = new Statement<AttemptRow>(
  'attempt_never_made',
  `UPDATE call_attempts a SET state = 'over', released_at = clock_timestamp(), check_at = NULL, outcome = $2
   WHERE a.id = $1 AND a.state IN ('dialing', 'unknown') AND a.provider_id IS NULL AND a.checks = coalesce($3, a.checks) RETURNING ${COLUMNS}`,
);

const HELD = new Statement<{ id: number }>('call_held', 'SELECT id FROM call_attempts WHERE call_id = $1 AND tenant_id = $2 AND released_at IS NULL LIMIT 1');

const UNQUEUE = new Statement('call_unqueue_reported', 'DELETE FROM call_queue WHERE call_id = $1 AND tenant_id = $2');

const REQUEUE = new Statement(
  'call_requeue',
  `INSERT INTO call_queue (call_id, tenant_id, connection_id, lane, to_number, due_at, attempts, queued_at)
   SELECT c.id, c.tenant_id, c.connection_id, $3, c.to_number, c.created_at, $4, c.created_at FROM calls c WHERE c.tenant_id = $1 AND c.id = $2
   ON CONFLICT (call_id) DO NOTHING`,
);

@Injectable()
export class AttemptsRepository {
  /** The attempt that a report is about: by the provider's id, else by ours. */
  async find(em: EntityManager, connectionId: number, report: { providerId: string; callId?: number; attempt?: number }): Promise<AttemptRow | undefined> {
    const known = await FIND_BY_PROVIDER_ID.row(em, [connectionId, report.providerId]);
    if (known || report.callId === undefined) return known;
    return FIND_BY_CALL.row(em, [connectionId, report.callId, report.attempt ?? null]);
  }

  lock(em: EntityManager, id: number): Promise<AttemptRow | undefined> {
    return LOCK.row(em, [id]);
  }

  /** Those whose time has come, for this process alone for `leaseMs`; a request whose time has run out becomes unknown. */
  takeDue(em: EntityManager, most: number, leaseMs: number): Promise<DueAttempt[]> {
    return TAKE_DUE.rows(em, [most, leaseMs / 1000]);
  }

  /**
   * @param released whether it holds its line no longer; the time is the database's, so that of a line's holders the one comes after the other
   * @param checkInMs when to look next; undefined leaves that as it is
   */
  async save(em: EntityManager, attempt: Omit<AttemptRow, 'released_at'>, released: boolean, outcome: string | null, checkInMs?: number): Promise<void> {
    const { id, state, provider_id, accepted_at } = attempt;
    await SAVE.rows(em, [id, state, provider_id, accepted_at, released, outcome, checkInMs === undefined ? null : checkInMs / 1000]);
  }

  /** @param looked the provider could be asked, and knew nothing */
  async checkLater(em: EntityManager, { id, checks }: AttemptRow, inMs: number, looked: boolean): Promise<void> {
    await CHECK_LATER.rows(em, [id, checks, inMs / 1000, looked ? 1 : 0]);
  }

  async markUnknown(em: EntityManager, id: number, checkInMs: number): Promise<void> {
    await MARK_UNKNOWN.rows(em, [id, checkInMs / 1000]);
  }

  /** The provider took nothing: as if it had not been asked. Undefined where a report has come in meanwhile. */
  remove(em: EntityManager, id: number): Promise<AttemptRow | undefined> {
    return REMOVE.row(em, [id]);
  }

  /**
   * It is certain that the provider has no such call. Undefined where a report has come in meanwhile.
   * @param checks look-ups before the one that says so; undefined where somebody has looked since, which settles it then
   */
  endUnmade(em: EntityManager, id: number, outcome: string, checks?: number): Promise<AttemptRow | undefined> {
    return NEVER_MADE.row(em, [id, outcome, checks ?? null]);
  }

  /** Whether a provider has the call, or may have it, by any attempt. */
  async isHeld(em: EntityManager, tenantId: number, callId: number): Promise<boolean> {
    return (await HELD.row(em, [callId, tenantId])) !== undefined;
  }

  /** It has been made: it waits no longer. */
  async unqueue(em: EntityManager, { tenant_id, call_id }: AttemptRow): Promise<void> {
    await UNQUEUE.rows(em, [call_id, tenant_id]);
  }

  /** Back to its place in the queue. @param attempts that are spent */
  async requeue(em: EntityManager, { tenant_id, call_id, lane }: AttemptRow, attempts: number): Promise<void> {
    await REQUEUE.rows(em, [tenant_id, call_id, lane, attempts]);
  }
}
