import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { EventType } from '../../platform/events/events';
import type { Disposition } from './dispositions';

/** A call that was dialed here has come to its end. */
export const CALL_ENDED: EventType<{ callId: number }> = { name: 'call.ended' };

/** What others may know of a call. */
export interface KnownCall {
  id: number;
  direction: string;
  /** Of the person: E.164. */
  number: string;
  contact_id: number | null;
  funnel_conversation_id: number | null;
  disposition: Disposition | null;
}

const GET = new Statement<KnownCall>(
  'call_known',
  `SELECT id, direction, CASE direction WHEN 'outgoing' THEN to_number ELSE from_number END AS number, contact_id, funnel_conversation_id, disposition
   FROM calls WHERE tenant_id = $1 AND id = $2`,
);

/** What other modules may ask of calls. */
@Injectable()
export class CallsApi {
  get(em: EntityManager, tenantId: number, id: number): Promise<KnownCall | undefined> {
    return GET.row(em, [tenantId, id]);
  }
}
