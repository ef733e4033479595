import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Secrets } from '../../platform/config/secrets';
import { Statement } from '../../platform/database/statement';
import { JobHandlers } from '../../platform/queue/job-handlers';
import type { Lease } from '../../platform/queue/lease';
import { ConnectionsApi } from '../connections';
import { CallProviders } from './call-providers';

/** A job: end a call that a provider has. Payload {callId}. */
export const HANG_UP = 'call.hang-up';

const LIVE = new Statement<{ connection_id: number; provider_id: string; control_url: string | null }>(
  'call_live_attempt',
  `SELECT a.connection_id, a.provider_id, c.control_url FROM call_attempts a JOIN calls c ON c.tenant_id = a.tenant_id AND c.id = a.call_id
   WHERE a.call_id = $1 AND a.tenant_id = $2 AND a.state = 'live' AND a.released_at IS NULL`,
);

/** Asks the provider to end a call. That it has ended is told by its report, like any other end. */
@Injectable()
export class HangUp {
  constructor(
    jobs: JobHandlers,
    private readonly dataSource: DataSource,
    private readonly secrets: Secrets,
    private readonly connections: ConnectionsApi,
    private readonly providers: CallProviders,
  ) {
    jobs.register(HANG_UP, ({ callId }, { tenantId, lease }) => this.execute(callId as number, tenantId, lease));
  }

  /** Nothing happens where no provider has the call: not yet, in which case its report asks again, or no more. */
  private async execute(callId: number, tenantId: number | null, lease: Lease): Promise<void> {
    const live = await LIVE.rows(this.dataSource.manager, [callId, tenantId]);
    for (const { connection_id: connectionId, provider_id: providerId, control_url: sealed } of live) {
      const connection = await this.connections.byId(this.dataSource.manager, connectionId);
      // The call has one url of it only, and nobody knows of which of several.
      const controlUrl = live.length === 1 && sealed ? this.secrets.open(`calls.control_url ${callId}`, sealed) : null;
      if (connection) await this.providers.of(connection.provider).hangUp(connection, { providerId, controlUrl }, lease);
    }
  }
}
