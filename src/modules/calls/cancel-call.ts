import { Injectable } from '@nestjs/common';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import { Outbox } from '../../platform/queue/outbox';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { CallReports } from './call-reports';
import { CallEnded, CallNotDialedHere, CallNotFound } from './calls.errors';
import { type CallRow, CallsRepository } from './calls.repository';
import { HANG_UP } from './hang-up';
import { isTerminal } from './merge-report';

const UNQUEUE = new Statement<{ call_id: number }>('call_unqueue', 'DELETE FROM call_queue WHERE call_id = $1 AND tenant_id = $2 RETURNING call_id');
const ASK = new Statement('call_ask_cancel', 'UPDATE calls SET cancel_requested_at = now() WHERE tenant_id = $1 AND id = $2 AND cancel_requested_at IS NULL');

/** A call that waits is canceled at once; one that a provider has is hung up, and canceled once that reports its end. */
@Injectable()
export class CancelCall {
  constructor(
    private readonly db: TenantDb,
    private readonly outbox: Outbox,
    private readonly calls: CallsRepository,
    private readonly reports: CallReports,
  ) {}

  /** @throws CallNotFound, CallEnded, CallNotDialedHere */
  execute(ctx: TenantContext, id: number): Promise<CallRow> {
    return this.db.write(ctx, async (em) => {
      const call = await this.reports.lockCall(em, ctx.tenantId, id);
      if (!call) throw new CallNotFound();
      if (call.kind === 'recorded') throw new CallNotDialedHere();
      if (isTerminal(call.status)) throw new CallEnded(call.status);
      if (await UNQUEUE.row(em, [id, ctx.tenantId])) {
        await this.reports.end(em, call, 'canceled');
      } else {
        await ASK.rows(em, [ctx.tenantId, id]);
        await this.outbox.record(em, ctx.tenantId, HANG_UP, { callId: id });
      }
      return (await this.calls.get(em, ctx, id)) as CallRow;
    });
  }
}
