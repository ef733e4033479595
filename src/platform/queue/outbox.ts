import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeNotices } from '../database/change-notices';
import { Statement } from '../database/statement';

const RECORD = new Statement('outbox_record', `INSERT INTO outbox (tenant_id, type, payload, run_at) VALUES ($1, $2, $3, coalesce($4, now()))`);

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
}
