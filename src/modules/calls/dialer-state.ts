import { Injectable } from '@nestjs/common';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { ConnectionsApi } from '../connections';
import type { AttemptState } from './attempts.repository';
import type { CallProviderName } from './call-provider';
import { CallProviders } from './call-providers';
import type { Lane } from './calls.repository';
import { linesOf } from './claim-calls';
import type { DialerDto } from './dto/dialer.dto';

interface SlotRow {
  tenant_id: number;
  call_id: number;
  number: number;
  lane: Lane;
  state: AttemptState;
  provider_id: string | null;
  dialed_at: string;
  accepted_at: string | null;
  check_at: string | null;
  status: string;
  to_number: string;
}

const SLOTS = new Statement<SlotRow>(
  'dialer_slots',
  `SELECT a.tenant_id, a.call_id, a.number, a.lane, a.state, a.provider_id, a.dialed_at, a.accepted_at, a.check_at, c.status, c.to_number
   FROM call_attempts a JOIN calls c ON c.tenant_id = a.tenant_id AND c.id = a.call_id WHERE a.connection_id = $1 AND a.released_at IS NULL ORDER BY a.id`,
);

const CONNECTION = new Statement<{
  concurrency_limit: number | null;
  learnt_limit: number | null;
  blocked_until: string | null;
  paused_reason: string | null;
  paused_until: string | null;
}>(
  'dialer_connection',
  `SELECT concurrency_limit, learnt_limit, CASE WHEN blocked_until > now() THEN blocked_until END AS blocked_until, paused_reason, paused_until FROM connections WHERE id = $1`,
);

const QUEUE = new Statement<{ queued: number; oldest: string | null }>(
  'dialer_queue',
  'SELECT count(*)::int8 AS queued, min(queued_at) AS oldest FROM call_queue WHERE connection_id = $1 AND tenant_id = $2',
);

/** What the lines of a tenant's connection are doing, and why each that is held is held. */
@Injectable()
export class DialerState {
  constructor(
    private readonly db: TenantDb,
    private readonly connections: ConnectionsApi,
    private readonly providers: CallProviders,
  ) {}

  /** Slots of other tenants on a shared connection are counted, and not shown. */
  read(ctx: TenantContext, provider: CallProviderName): Promise<DialerDto> {
    return this.db.read(ctx, async (em) => {
      const { id, sandbox } = await this.connections.of(em, ctx, provider);
      const connection = await CONNECTION.row(em, [id]);
      const slots = await SLOTS.rows(em, [id]);
      const queue = await QUEUE.row(em, [id, ctx.tenantId]);
      const own = slots.filter(({ tenant_id }) => tenant_id === ctx.tenantId);
      return {
        provider,
        sandbox,
        limit: linesOf(connection?.concurrency_limit ?? null, connection?.learnt_limit ?? null, this.providers.of(provider).defaultLimit),
        active: slots.length,
        activeOfOthers: slots.length - own.length,
        queued: queue?.queued ?? 0,
        oldestQueuedAt: queue?.oldest ?? null,
        blockedUntil: connection?.blocked_until ?? null,
        pausedReason: connection?.paused_reason ?? null,
        pausedUntil: connection?.paused_reason ? connection.paused_until : null,
        slots: own.map((slot) => ({
          callId: slot.call_id,
          to: slot.to_number,
          attempt: slot.number,
          lane: slot.lane,
          state: slot.state,
          status: slot.status,
          providerId: slot.provider_id,
          since: slot.dialed_at,
          nextCheckAt: slot.check_at,
          explanation: explanationOf(slot, provider),
        })),
      };
    });
  }
}

function explanationOf({ state, status, provider_id, accepted_at }: SlotRow, provider: string): string {
  if (state === 'dialing') return `The request to dial is on its way to ${provider}.`;
  if (state === 'unknown') return `${provider} did not answer the request to dial. It is being looked up, and dialed again only where ${provider} certainly has no such call.`;
  return `${provider} took the call at ${accepted_at} as ${provider_id}, and says that it is ${status}. The line is free once ${provider} says that it has ended.`;
}
