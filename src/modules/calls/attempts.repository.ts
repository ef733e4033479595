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

/** An attempt that somebody has to look after, with what a look-up needs. */
export interface DueAttempt extends AttemptRow {
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
     UPDATE call_attempts a SET check_at = clock_timestamp() + make_interval(secs => $2), state = CASE a.state WHEN 'dialing' THEN 'unknown' ELSE a.state END
     WHERE a.id = ANY(ARRAY(SELECT id FROM call_attempts WHERE check_at <= clock_timestamp() ORDER BY check_at LIMIT $1 FOR UPDATE SKIP LOCKED))
     RETURNING ${COLUMNS}
   )
   SELECT taken.*, c.from_number, c.to_number, c.work, c.from_provider_id
   FROM taken CROSS JOIN LATERAL (
     SELECT c.from_number, c.to_number, c.work,
       (SELECT n.provider_id FROM phone_numbers n WHERE n.tenant_id = c.tenant_id AND n.provider = c.provider_name AND n.number = c.from_number) AS from_provider_id
     FROM calls c WHERE c.tenant_id = taken.tenant_id AND c.id = taken.call_id OFFSET 0
   ) AS c`,
);

const SAVE = new Statement(
  'attempt_save',
  `UPDATE call_attempts SET state = $2, provider_id = $3, accepted_at = coalesce(accepted_at, $4),
     released_at = CASE WHEN $5 THEN coalesce(released_at, clock_timestamp()) END, outcome = coalesce($6, outcome),
     check_at = CASE WHEN $2 = 'over' THEN NULL ELSE coalesce(clock_timestamp() + make_interval(secs => $7), check_at) END
   WHERE id = $1`,
);

const CHECK_LATER = new Statement(
  'attempt_check_later',
  `UPDATE call_attempts SET check_at = clock_timestamp() + make_interval(secs => $2), checks = checks + $3 WHERE id = $1 AND state <> 'over'`,
);

const MARK_UNKNOWN = new Statement(
  'attempt_mark_unknown',
  `UPDATE call_attempts SET state = 'unknown', check_at = clock_timestamp() + make_interval(secs => $2) WHERE id = $1 AND state = 'dialing'`,
);

const REMOVE = new Statement<AttemptRow>(
  'attempt_remove',
  `DELETE FROM call_attempts a WHERE a.id = $1 AND a.state IN ('dialing', 'unknown') AND a.provider_id IS NULL RETURNING ${COLUMNS}`,
);

const NEVER_MADE = new Statement<AttemptRow>(
  'attempt_never_made',
  `UPDATE call_attempts a SET state = 'over', released_at = clock_timestamp(), check_at = NULL, outcome = $2
   WHERE a.id = $1 AND a.state IN ('dialing', 'unknown') AND a.provider_id IS NULL RETURNING ${COLUMNS}`,
);

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
  async checkLater(em: EntityManager, id: number, inMs: number, looked: boolean): Promise<void> {
    await CHECK_LATER.rows(em, [id, inMs / 1000, looked ? 1 : 0]);
  }

  async markUnknown(em: EntityManager, id: number, checkInMs: number): Promise<void> {
    await MARK_UNKNOWN.rows(em, [id, checkInMs / 1000]);
  }

  /** The provider took nothing: as if it had not been asked. Undefined where a report has come in meanwhile. */
  remove(em: EntityManager, id: number): Promise<AttemptRow | undefined> {
    return REMOVE.row(em, [id]);
  }

  /** It is certain that the provider has no such call. Undefined where a report has come in meanwhile. */
  endUnmade(em: EntityManager, id: number, outcome: string): Promise<AttemptRow | undefined> {
    return NEVER_MADE.row(em, [id, outcome]);
  }

  /** Back to its place in the queue. @param attempts that are spent */
  async requeue(em: EntityManager, { tenant_id, call_id, lane }: AttemptRow, attempts: number): Promise<void> {
    await REQUEUE.rows(em, [tenant_id, call_id, lane, attempts]);
  }
}
