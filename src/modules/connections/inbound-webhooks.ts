import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PersonalData } from '../../platform/database/personal-data';
import { Retention } from '../../platform/database/retention';
import { Statement } from '../../platform/database/statement';
import { JobHandlers } from '../../platform/queue/job-handlers';
import { Outbox } from '../../platform/queue/outbox';
import { storableJson } from '../../platform/text/storable';
import type { Connection, ProviderName } from './connection';
import { ConnectionsApi } from './connections.api';

/**
 * Acts upon what a provider told. It may run twice for one event: what it writes must come out the same.
 * @returns false where it is about nothing of ours, or nothing any more: then what it says is not kept
 */
export type ApplyWebhook = (connection: Connection, payload: Record<string, unknown>) => Promise<boolean>;

/** A job: apply what was received. Payload {id}. */
const APPLY = 'webhook.apply';

const RECEIVE = new Statement<{ id: number }>(
  'inbound_webhook_receive',
  `INSERT INTO inbound_webhooks (connection_id, provider, event_key, payload)
   SELECT $1, $2, sent.event_key, sent.payload::jsonb FROM unnest($3::text[], $4::text[]) AS sent (event_key, payload)
   ON CONFLICT (connection_id, event_key) DO NOTHING RETURNING id`,
);

/** One thing that a provider tells. */
export interface WebhookEvent {
  /** The same for the same event, however often it is sent, and for no other of the connection. */
  key: string;
  payload: object;
}

const FIND = new Statement<{ connection_id: number; provider: ProviderName; payload: Record<string, unknown> }>(
  'inbound_webhook_find',
  'SELECT connection_id, provider, payload FROM inbound_webhooks WHERE id = $1 AND applied_at IS NULL',
);

const APPLIED = new Statement('inbound_webhook_applied', `UPDATE inbound_webhooks SET applied_at = now(), payload = CASE WHEN $2 THEN payload ELSE '{}' END WHERE id = $1`);

// An account that several tenants share tells of others, too: there a mention counts beside a number of the tenant's own.
const ERASE = new Statement<{ id: number }>(
  'inbound_webhook_erase',
  `DELETE FROM inbound_webhooks w USING connections n
   WHERE n.id = w.connection_id AND coalesce(n.tenant_id, $1) = $1 AND w.payload::text ~* ANY($2::text[])
     AND (n.tenant_id = $1 OR w.payload::text ~* ANY($3::text[])
       OR EXISTS (SELECT FROM phone_numbers p WHERE p.tenant_id = $1 AND p.provider_id IS NOT NULL AND strpos(w.payload::text, p.provider_id) > 0))
   RETURNING w.id`,
);

/** What providers tell us: kept before it is answered, each event once, and applied after that by whoever registered for the provider. */
@Injectable()
export class InboundWebhooks {
  private readonly appliers = new Map<ProviderName, ApplyWebhook>();

  constructor(
    jobs: JobHandlers,
    retention: Retention,
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly connections: ConnectionsApi,
    personalData: PersonalData,
  ) {
    personalData.register('mentions', async (em, erasure) => {
      const patterns = [...erasure.patterns, ...erasure.providerPatterns];
      erasure.removed('inbound_webhooks', (await ERASE.rows(em, [erasure.tenantId, patterns, erasure.providerPatterns])).length);
    });
    jobs.register(APPLY, ({ id }) => this.apply(id as number));
    retention.register({ table: 'inbound_webhooks', expired: `received_at < now() - interval '30 days'` });
  }

  /** To be called in a constructor: once a provider. */
  register(provider: ProviderName, apply: ApplyWebhook): void {
    if (this.appliers.has(provider)) throw new Error(`two that apply webhooks of ${provider}`);
    this.appliers.set(provider, apply);
  }

  /** Once this has resolved, the provider may be told that its event has arrived. Its signature has been checked before. */
  receive(connection: Connection, eventKey: string, payload: object): Promise<void> {
    return this.receiveAll(connection, [{ key: eventKey, payload }]);
  }

  /** The same of several that came together, no two of them with the same key: each is applied by a job of its own. */
  async receiveAll(connection: Connection, events: WebhookEvent[]): Promise<void> {
    await this.dataSource.transaction(async (em) => {
      const sorted = events.toSorted((one, other) => (one.key < other.key ? -1 : 1)); // two requests with the same events wait for each other in one order
      const received = await RECEIVE.rows(em, [connection.id, connection.provider, sorted.map(({ key }) => key), sorted.map(({ payload }) => storableJson(payload))]);
      for (const { id } of received) await this.outbox.record(em, connection.tenantId, APPLY, { id });
    });
  }

  private async apply(id: number): Promise<void> {
    const webhook = await FIND.row(this.dataSource.manager, [id]);
    const connection = webhook && (await this.connections.ofWebhook(this.dataSource.manager, webhook.connection_id));
    if (!connection) return; // applied before, or deleted with its connection
    const apply = this.appliers.get(webhook.provider);
    if (!apply) throw new Error(`nobody applies webhooks of ${webhook.provider}`);
    const isOurs = await apply(connection, webhook.payload);
    await APPLIED.rows(this.dataSource.manager, [id, isOurs]);
  }
}
