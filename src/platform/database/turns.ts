import type { EntityManager } from 'typeorm';
import { Statement } from './statement';

/** What a tenant's writers do one after the other. */
export type Turn = 'calls.bulk-start' | 'connections' | 'phone_numbers' | 'automations' | 'contacts.book' | 'contacts.national_id';

const TAKE_TURN = new Statement('take_turn', 'SELECT pg_advisory_xact_lock(hashtext($1), $2)');

/**
 * One at a time in a tenant until the transaction ends, for whoever reads and then writes on what was read where no row can be
 * locked: it may not be there yet. The next statement sees what those before have written. One lock, however many rows: locks
 * of rows that are not there would be as many as there are numbers in a list, and the server has room for some thousands.
 */
export async function takeTurn(em: EntityManager, turn: Turn, tenantId: number): Promise<void> {
  await TAKE_TURN.rows(em, [turn, tenantId]);
}
