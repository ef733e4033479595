import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Secrets } from '../../platform/config/secrets';
import { Statement } from '../../platform/database/statement';
import { JobHandlers } from '../../platform/queue/job-handlers';
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
    jobs.register(HANG_UP, ({ callId }, { tenantId }) => this.execute(callId as number, tenantId));
  }

  /** Nothing happens where no provider has the call: not yet, in which case its report asks again, or no more. */
  private async execute(callId: number, tenantId: number | null): Promise<void> {
    const live = await LIVE.row(this.dataSource.manager, [callId, tenantId]);
    const connection = live && (await this.connections.byId(this.dataSource.manager, live.connection_id));
    if (!connection) return;
    const controlUrl = live.control_url && this.secrets.open(`calls.control_url ${callId}`, live.control_url);
    await this.providers.of(connection.provider).hangUp(connection, { providerId: live.provider_id, controlUrl });
  }
}
