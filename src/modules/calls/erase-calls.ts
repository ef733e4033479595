import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Secrets } from '../../platform/config/secrets';
import { type Erasure, PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';
import type { Lease } from '../../platform/queue/lease';
import { ActivityApi } from '../activity';
import { ConnectionsApi } from '../connections';
import { ContactInCall } from '../contacts';
import { RecordingsApi } from '../recordings';
import { CallProviders } from './call-providers';
import { doNotCallKey, erasedNumber } from './erased-number';

const CALLS = new Statement<{ id: number; connection_id: number | null; provider_id: string | null; recorded: boolean }>(
  'call_erase_find',
  `SELECT id, connection_id, provider_id, kind = 'recorded' AS recorded FROM calls
   WHERE tenant_id = $1 AND (contact_id = $2 OR CASE direction WHEN 'outgoing' THEN to_number ELSE from_number END = ANY($3::text[])) ORDER BY id FOR UPDATE`,
);

// First: what waits here cannot be claimed any more, and what has been claimed is seen below.
const UNQUEUE = new Statement('call_erase_unqueue', 'DELETE FROM call_queue WHERE tenant_id = $1 AND call_id = ANY($2::bigint[])');

const ATTEMPTS = new Statement<{ call_id: number; connection_id: number; provider_id: string | null; held: boolean }>(
  'call_erase_attempts',
  'SELECT call_id, connection_id, provider_id, released_at IS NULL AS held FROM call_attempts WHERE tenant_id = $1 AND call_id = ANY($2::bigint[])',
);

const DELETE = new Statement<{ id: number }>('call_erase', 'DELETE FROM calls WHERE tenant_id = $1 AND id = ANY($2::bigint[]) RETURNING id');

const ERASE_LISTED = new Statement<{ number: string }>('do_not_call_erase', 'DELETE FROM do_not_call_entries WHERE tenant_id = $1 AND number = ANY($2::text[]) RETURNING number');
const KEEP_LISTED = new Statement(
  'do_not_call_keep_erased',
  `INSERT INTO do_not_call_entries (tenant_id, number, source) SELECT $1, ${erasedNumber('erased.number', '$3')}, 'erasure' FROM unnest($2::text[]) AS erased (number)
   ON CONFLICT (number, tenant_id) DO NOTHING`,
);

/** Forgets the calls with somebody, here and at whoever dialed them. */
@Injectable()
export class EraseCalls {
  private readonly doNotCallKey: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly activity: ActivityApi,
    private readonly recordings: RecordingsApi,
    private readonly connections: ConnectionsApi,
    private readonly providers: CallProviders,
    secrets: Secrets,
    personalData: PersonalData,
  ) {
    this.doNotCallKey = doNotCallKey(secrets);
    personalData.register('attached', (em, erasure) => this.execute(em, erasure));
    personalData.registerProvider('call', (connectionId, providerId, lease) => this.atProvider(connectionId, providerId, lease));
  }

  /** @throws ContactInCall while one is under way: its line is the provider's until it has ended */
  private async execute(em: EntityManager, erasure: Erasure): Promise<void> {
    const { tenantId } = erasure;
    const calls = await CALLS.rows(em, [tenantId, erasure.contactId, erasure.numbers]);
    const ids = calls.map(({ id }) => id);
    await UNQUEUE.rows(em, [tenantId, ids]);
    const attempts = await ATTEMPTS.rows(em, [tenantId, ids]);
    const underWay = attempts.filter(({ held }) => held).map(({ call_id: id }) => id);
    if (underWay.length > 0) throw new ContactInCall(underWay);
    // Of one that took place elsewhere nobody can be asked.
    const dialed = [...calls.filter(({ recorded }) => !recorded), ...attempts];
    const known = new Map(dialed.map((call) => [`${call.connection_id} ${call.provider_id}`, call]));
    for (const { connection_id: connectionId, provider_id: providerId } of known.values()) {
      if (connectionId !== null && providerId !== null) erasure.atProviders.push({ connectionId, kind: 'call', providerId });
    }
    await this.activity.erase(em, erasure, { callIds: ids });
    await this.recordings.eraseOfCalls(em, erasure, ids);
    erasure.removed('calls', (await DELETE.rows(em, [tenantId, ids])).length);
    await this.eraseListed(em, erasure);
  }

  private async eraseListed(em: EntityManager, { tenantId, numbers }: Erasure): Promise<void> {
    const listed = await ERASE_LISTED.rows(em, [tenantId, numbers]);
    await KEEP_LISTED.rows(em, [tenantId, listed.map(({ number }) => number), this.doNotCallKey]);
  }

  private async atProvider(connectionId: number, providerId: string, lease: Lease): Promise<boolean> {
    const connection = await this.connections.byId(this.dataSource.manager, connectionId);
    if (!connection) return false;
    const provider = this.providers.of(connection.provider);
    await provider.erase?.(connection, providerId, lease);
    return provider.erase !== undefined;
  }
}
