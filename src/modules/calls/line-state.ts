import type { EntityManager } from 'typeorm';
import { query } from '../../platform/database/statement';

// What dialing teaches about a connection's lines: read by the next claim, in whichever process.

/** The provider's own word on how many there are. */
export const learn = (em: EntityManager, connectionId: number, limit: number) =>
  query(em, 'UPDATE connections SET learnt_limit = $2 WHERE id = $1 AND learnt_limit IS DISTINCT FROM $2', [connectionId, limit]);

/** The provider wants to be left alone for so long. */
export const block = (em: EntityManager, connectionId: number, ms: number) =>
  query(em, 'UPDATE connections SET blocked_until = greatest(blocked_until, clock_timestamp() + make_interval(secs => $2)) WHERE id = $1', [connectionId, ms / 1000]);

/** The account cannot call: a person has to act. After `ms` it is tried with one call. */
export const pause = (em: EntityManager, connectionId: number, reason: string, ms: number) =>
  query(em, 'UPDATE connections SET paused_reason = $2, paused_until = clock_timestamp() + make_interval(secs => $3) WHERE id = $1', [connectionId, reason, ms / 1000]);

/** It can again. */
export const resume = (em: EntityManager, connectionId: number) =>
  query(em, 'UPDATE connections SET paused_reason = NULL, paused_until = NULL WHERE id = $1 AND paused_reason IS NOT NULL', [connectionId]);
