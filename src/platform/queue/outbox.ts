import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeNotices } from '../database/change-notices';
import { Statement } from '../database/statement';

const RECORD = new Statement('outbox_record', `INSERT INTO outbox (tenant_id, type, payload, run_at) VALUES ($1, $2, $3, coalesce($4, now()))`);

// From the beginning, as if it had just been recorded.
const RETRY = `UPDATE outbox SET failed_at = NULL, run_at = now(), delivery = 0, begun = 0 WHERE failed_at IS NOT NULL`;
const RETRY_ONE = new Statement<{ type: string }>('outbox_retry_one', `${RETRY} AND id = $1 RETURNING type`);
const RETRY_ALL = new Statement<{ type: string }>('outbox_retry_all', `${RETRY} RETURNING type`);
const RECORD_AGAIN = new Statement(
  'outbox_record_again',
  `WITH retried AS (${RETRY} AND tenant_id = $1 AND type = $2 AND payload = $3 RETURNING id)
   INSERT INTO outbox (tenant_id, type, payload) SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM retried)`,
);

export const OUTBOX_TOPIC = 'outbox';

/** What happens after a commit: recorded with the change that asks for it, done once that has committed. */
@Injectable()
export class Outbox {
  constructor(private readonly notices: ChangeNotices) {}

  /**
   * A job for whoever registered `type` with JobHandlers. Payloads hold ids, not data. It runs at least once; a handler asks
   * itself what happens if it runs twice.
   * @param tenantId whose work it is; null for nobody's
   * @param runAt not before
   */
  async record(em: EntityManager, tenantId: number | null, type: string, payload: object, runAt?: Date): Promise<void> {
    await RECORD.rows(em, [tenantId, type, JSON.stringify(payload), runAt ?? null]);
    await this.notices.announce(em, OUTBOX_TOPIC, type);
  }

  /** The same of a job that may have been given up: then that one is taken up again. */
  async recordAgain(em: EntityManager, tenantId: number, type: string, payload: object): Promise<void> {
    await RECORD_AGAIN.rows(em, [tenantId, type, JSON.stringify(payload)]);
    await this.notices.announce(em, OUTBOX_TOPIC, type);
  }

  /** Takes up a job that was given up, or all of them. @returns how many they are */
  async retry(em: EntityManager, id?: number): Promise<number> {
    const retried = await (id === undefined ? RETRY_ALL.rows(em, []) : RETRY_ONE.rows(em, [id]));
    for (const type of new Set(retried.map((job) => job.type))) await this.notices.announce(em, OUTBOX_TOPIC, type);
    return retried.length;
  }
}
