import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Secrets } from '../../platform/config/secrets';
import { type Erasure, PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';
import type { Lease } from '../../platform/queue/lease';
import { providerKey, subjectKey } from '../../platform/text/subjects';
import { ActivityApi } from '../activity';
import { ConnectionsApi } from '../connections';
import { ContactInCall } from '../contacts';
import { RecordingsApi } from '../recordings';
import { CallProviders } from './call-providers';
import { doNotCallKey, erasedNumber } from './erased-number';

/** Whoever is at the other end. As the index has it. */
const PERSON = `CASE c.direction WHEN 'outgoing' THEN c.to_number ELSE c.from_number END`;
const OF_PERSON = `c.tenant_id = $1 AND (c.contact_id = $2 OR ${PERSON} = ANY($3::text[]))`;

// First: what waits here cannot be claimed any more, and what has been claimed is seen by HELD.
const UNQUEUE = new Statement('call_erase_unqueue', `DELETE FROM call_queue WHERE call_id = ANY(ARRAY(SELECT c.id FROM calls c WHERE ${OF_PERSON} AND c.status = 'queued')) AND tenant_id = $1`);

const HELD = new Statement<{ call_id: number }>(
  'call_erase_held',
  `SELECT a.call_id FROM call_attempts a JOIN calls c ON c.tenant_id = a.tenant_id AND c.id = a.call_id WHERE a.released_at IS NULL AND a.tenant_id = $1 AND ${OF_PERSON} ORDER BY a.call_id`,
);

const MOST = 10;
const CALLS = new Statement<{ id: number; connection_id: number | null; provider_id: string | null; recorded: boolean }>(
  'call_erase_find',
  `SELECT c.id, c.connection_id, c.provider_id, c.kind = 'recorded' AS recorded FROM calls c WHERE ${OF_PERSON} LIMIT ${MOST} FOR UPDATE`,
);

const ATTEMPTS = new Statement<{ call_id: number; connection_id: number; provider_id: string | null }>(
  'call_erase_attempts',
  'SELECT call_id, connection_id, provider_id FROM call_attempts WHERE tenant_id = $1 AND call_id = ANY($2::bigint[])',
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
    private readonly personalData: PersonalData,
  ) {
    this.doNotCallKey = doNotCallKey(secrets);
    personalData.registerStop((em, erasure) => this.stop(em, erasure));
    personalData.register('attached', (em, erasure) => this.erase(em, erasure));
    personalData.registerProvider('call', (connectionId, providerId, lease) => this.atProvider(connectionId, providerId, lease));
  }

  /** @throws ContactInCall while one is under way: its line is the provider's until it has ended */
  private async stop(em: EntityManager, erasure: Erasure): Promise<void> {
    const person = [erasure.tenantId, erasure.contactId, erasure.numbers];
    await UNQUEUE.rows(em, person);
    const underWay = (await HELD.rows(em, person)).map(({ call_id: id }) => id);
    if (underWay.length > 0) throw new ContactInCall(underWay);
    await this.eraseListed(em, erasure);
  }

  /** @throws ContactInCall where one has begun since: somebody has called the number anew */
  private async erase(em: EntityManager, erasure: Erasure): Promise<number> {
    const { tenantId } = erasure;
    const calls = await CALLS.rows(em, [tenantId, erasure.contactId, erasure.numbers]);
    if (calls.length === 0) return 0;
    await this.stop(em, erasure);
    const ids = calls.map(({ id }) => id);
    // Of one that took place elsewhere nobody can be asked.
    const dialed = [...calls.filter(({ recorded }) => !recorded), ...(await ATTEMPTS.rows(em, [tenantId, ids]))];
    const known = new Map(dialed.map((call) => [`${call.connection_id} ${call.provider_id}`, call]));
    const records = [...known.values()].flatMap(({ connection_id: connectionId, provider_id: providerId }) => (connectionId === null || providerId === null ? [] : [{ connectionId, kind: 'call', providerId }]));
    erasure.atProviders.push(...records);
    await this.activity.eraseOfCalls(em, erasure, ids);
    await this.recordings.eraseOfCalls(em, erasure, ids);
    erasure.removed('calls', (await DELETE.rows(em, [tenantId, ids])).length);
    await this.personalData.eraseAbout(em, erasure, [...ids.map((id) => subjectKey('call', id)), ...records.map(({ connectionId, providerId }) => providerKey(connectionId, providerId))]);
    return calls.length;
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
