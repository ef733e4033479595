import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PersonalData, aboutEach } from '../../platform/database/personal-data';
import { Retention } from '../../platform/database/retention';
import { Statement } from '../../platform/database/statement';
import { JobHandlers } from '../../platform/queue/job-handlers';
import { JobSweep } from '../../platform/queue/job-sweep';
import { Outbox } from '../../platform/queue/outbox';
import { storableJson } from '../../platform/text/storable';
import { type SubjectKey, isProviderKey, mentionsIn, providerKey } from '../../platform/text/subjects';
import type { Connection, ProviderName } from './connection';
import { ConnectionsApi } from './connections.api';

/** Whose a webhook turned out to be, and what it is about. */
export interface WebhookSubject {
  tenantId: number | null;
  subjects: SubjectKey[];
}

/** Who understands the webhooks of a provider. */
export interface WebhookReader {
  /** Ids that the provider has given to what it tells of: calls, messages. */
  idsIn(payload: Record<string, unknown>): string[];
  /**
   * Acts upon what it told. It may run twice for one event: what it writes must come out the same.
   * @returns undefined where it is about nothing of ours, or nothing any more: then what it says is not kept
   */
  apply(connection: Connection, payload: Record<string, unknown>): Promise<WebhookSubject | undefined>;
}

/** A job: apply what was received. Payload {id}. */
const APPLY = 'webhook.apply';

const RECEIVE = new Statement<{ id: number }>(
  'inbound_webhook_receive',
  `INSERT INTO inbound_webhooks (connection_id, provider, event_key, payload, subjects)
   SELECT $1, $2, sent.event_key, sent.payload::jsonb, ARRAY(SELECT jsonb_array_elements_text(sent.subjects::jsonb))
   FROM unnest($3::text[], $4::text[], $5::text[]) AS sent (event_key, payload, subjects)
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

const APPLIED = new Statement(
  'inbound_webhook_applied',
  `UPDATE inbound_webhooks SET applied_at = now(), tenant_id = $2, subjects = $3 WHERE id = $1`,
);
const DROPPED = new Statement('inbound_webhook_dropped', `UPDATE inbound_webhooks SET applied_at = now(), payload = '{}', subjects = '{}' WHERE id = $1`);

// An account that several tenants share tells of others, too: until it is known whose a webhook is, only a provider's id tells.
const MOST = 250;
const ERASE = new Statement<{ id: number }>(
  'inbound_webhook_erase',
  `DELETE FROM inbound_webhooks WHERE id = ANY(ARRAY(
     SELECT w.id FROM ${aboutEach('$2', 'inbound_webhooks', 'id, connection_id, tenant_id')} AS w JOIN connections n ON n.id = w.connection_id
     WHERE coalesce(w.tenant_id, n.tenant_id) = $1 OR coalesce(w.tenant_id, n.tenant_id) IS NULL AND w.subject = ANY($3::text[]) LIMIT ${MOST})) RETURNING id`,
);

/** What providers tell us: kept before it is answered, each event once, and applied after that by whoever registered for the provider. */
@Injectable()
export class InboundWebhooks {
  private readonly readers = new Map<ProviderName, WebhookReader>();

  constructor(
    jobs: JobHandlers,
    sweep: JobSweep,
    retention: Retention,
    private readonly dataSource: DataSource,
    private readonly outbox: Outbox,
    private readonly connections: ConnectionsApi,
    personalData: PersonalData,
  ) {
    personalData.registerAbout({
      table: 'inbound_webhooks',
      erase: async (em, erasure, keys) => {
        const { length } = await ERASE.rows(em, [erasure.tenantId, keys, keys.filter(isProviderKey)]);
        erasure.removed('inbound_webhooks', length);
        return length;
      },
      columns: 'connection_id, provider, payload',
      subjectsOf: ({ connection_id: connectionId, provider, payload }) => this.subjectsIn(connectionId as number, provider as ProviderName, payload as Record<string, unknown>),
    });
    jobs.register(APPLY, ({ id }) => this.apply(id as number));
    sweep.register({
      type: APPLY,
      key: 'id',
      waiting: `SELECT n.tenant_id, w.id FROM inbound_webhooks w JOIN connections n ON n.id = w.connection_id
        WHERE w.applied_at IS NULL AND w.received_at BETWEEN now() - interval '30 days' AND now() - interval '10 minutes'`,
    });
    // One that was never applied stays as long as its job, which says so.
    const hasNoJob = `id NOT IN (SELECT (job.payload ->> 'id')::bigint FROM outbox job WHERE job.type = '${APPLY}')`;
    retention.register({ table: 'inbound_webhooks', expired: `received_at < now() - interval '30 days' AND (applied_at IS NOT NULL OR ${hasNoJob})` });
  }

  /** To be called in a constructor: once a provider. */
  register(provider: ProviderName, reader: WebhookReader): void {
    if (this.readers.has(provider)) throw new Error(`two that apply webhooks of ${provider}`);
    this.readers.set(provider, reader);
  }

  /** Once this has resolved, the provider may be told that its event has arrived. Its signature has been checked before. */
  receive(connection: Connection, eventKey: string, payload: object): Promise<void> {
    return this.receiveAll(connection, [{ key: eventKey, payload }]);
  }

  /** The same of several that came together, no two of them with the same key: each is applied by a job of its own. */
  async receiveAll(connection: Connection, events: WebhookEvent[]): Promise<void> {
    await this.dataSource.transaction(async (em) => {
      const sorted = events.toSorted((one, other) => (one.key < other.key ? -1 : 1)); // two requests with the same events wait for each other in one order
      const payloads = sorted.map(({ payload }) => storableWithout(connection.webhookSecret, payload));
      const subjects = payloads.map((payload) => JSON.stringify(this.subjectsIn(connection.id, connection.provider, JSON.parse(payload) as Record<string, unknown>)));
      const received = await RECEIVE.rows(em, [connection.id, connection.provider, sorted.map(({ key }) => key), payloads, subjects]);
      for (const { id } of received) await this.outbox.record(em, connection.tenantId, APPLY, { id });
    });
  }

  private async apply(id: number): Promise<void> {
    const webhook = await FIND.row(this.dataSource.manager, [id]);
    const connection = webhook && (await this.connections.ofWebhook(this.dataSource.manager, webhook.connection_id));
    if (!connection) return; // applied before, or deleted with its connection
    const reader = this.readers.get(webhook.provider);
    if (!reader) throw new Error(`nobody applies webhooks of ${webhook.provider}`);
    const about = await reader.apply(connection, webhook.payload);
    const told = this.subjectsIn(connection.id, webhook.provider, webhook.payload);
    if (about) await APPLIED.rows(this.dataSource.manager, [id, about.tenantId, [...new Set([...told, ...about.subjects])]]);
    else await DROPPED.rows(this.dataSource.manager, [id]);
  }

  /** What is known before it is applied: whoever is erased meanwhile is found by it. */
  private subjectsIn(connectionId: number, provider: ProviderName, payload: Record<string, unknown>): SubjectKey[] {
    const ids = this.readers.get(provider)?.idsIn(payload) ?? [];
    return [...new Set([...ids.map((id) => providerKey(connectionId, id)), ...mentionsIn(JSON.stringify(payload))])];
  }
}

/** A provider that is told with each call how to prove itself, as Vapi is, tells it back. What is kept must not prove anything. */
const storableWithout = (secret: string | null, payload: object): string => storableJson(payload, (_, value) => (value !== null && value === secret ? '***' : value));
