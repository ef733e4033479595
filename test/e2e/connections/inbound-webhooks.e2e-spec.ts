import { DataSource } from 'typeorm';
import { type Connection, ConnectionsApi, InboundWebhooks } from '../../../src/modules/connections';
import { Retention } from '../../../src/platform/database/retention';
import { JobHandlers } from '../../../src/platform/queue/job-handlers';
import { Lease } from '../../../src/platform/queue/lease';
import { type TestTenant, aContext, aTenant } from '../../factories/tenants';
import { ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe('webhooks of providers', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let connection: Connection;
  const applied: { connectionId: number; payload: unknown }[] = [];
  let failing = false;

  beforeAll(() => {
    running.app.nest.get(InboundWebhooks).register('elemente', {
      idsIn: ({ id }) => (typeof id === 'string' ? [id] : []),
      apply: async ({ id, tenantId }, payload) => {
        if (failing) throw new Error('not now');
        applied.push({ connectionId: id, payload });
        return 'nobodys' in payload ? undefined : { tenantId, subjects: ['call:7'] };
      },
    });
  });
  beforeEach(async () => {
    applied.length = 0;
    failing = false;
    tenant = await aTenant(running.app);
    await ok(tenant.api.put('/connections/elemente', { credentials: { username: 'u', password: 'p' } }));
    connection = await running.app.nest.get(ConnectionsApi).of(running.app.nest.get(DataSource).manager, aContext(tenant), 'elemente');
  });
  const receive = (eventKey: string, payload: object, from = connection) => running.app.nest.get(InboundWebhooks).receive(from, eventKey, payload);
  const jobs = () => sql<{ tenant_id: number | null; payload: Record<string, unknown> }>(`SELECT tenant_id, payload FROM outbox WHERE type = 'webhook.apply' ORDER BY id`);
  /** Does a job as the queue does. */
  const run = async ({ tenant_id, payload }: { tenant_id: number | null; payload: Record<string, unknown> }) =>
    running.app.nest.get(JobHandlers).of('webhook.apply')?.(payload, { tenantId: tenant_id, attempt: 1, lease: Lease.FOREVER });

  it('are kept with the job that applies them, each event once, however often and however fast it comes', async () => {
    await Promise.all(Array.from({ length: 10 }, () => receive('event-1', { text: 'hello' })));
    await receive('event-2', { text: 'again' });
    expect(await sql('SELECT connection_id, provider, event_key, payload, applied_at FROM inbound_webhooks ORDER BY event_key')).toEqual([
      { connection_id: connection.id, provider: 'elemente', event_key: 'event-1', payload: { text: 'hello' }, applied_at: null },
      { connection_id: connection.id, provider: 'elemente', event_key: 'event-2', payload: { text: 'again' }, applied_at: null },
    ]);
    expect((await jobs()).map(({ tenant_id }) => tenant_id)).toEqual([Number(tenant.id), Number(tenant.id)]);
  });

  it('are the same event on one connection only', async () => {
    const environment = (await running.app.nest.get(ConnectionsApi).forWebhook('elemente')) as Connection;
    await receive('event-1', {});
    await receive('event-1', {}, environment);
    expect(await countRows('inbound_webhooks')).toBe(2);
    expect((await jobs()).map(({ tenant_id }) => tenant_id)).toEqual([Number(tenant.id), null]);
  });

  it('are applied by whoever registered for the provider, and not again once that is done', async () => {
    await receive('event-1', { text: 'a\0b', half: '\ud800' });
    const [job] = await jobs();
    if (!job) throw new Error('no job');
    failing = true;
    await expect(run(job)).rejects.toThrow('not now');
    expect(await countRows('inbound_webhooks', 'applied_at IS NOT NULL')).toBe(0);
    failing = false;
    await run(job);
    await run(job);
    expect(applied).toEqual([{ connectionId: connection.id, payload: { text: 'ab', half: '\ufffd' } }]);
    expect(await countRows('inbound_webhooks', 'applied_at IS NOT NULL')).toBe(1);
  });

  it('wait where nobody applies those of the provider', async () => {
    const elemente = (await running.app.nest.get(ConnectionsApi).forWebhook('elemente')) as Connection;
    await receive('event-1', {}, { ...elemente, provider: 'nobody' as 'elemente' });
    const [job] = await jobs();
    await expect(run(job as NonNullable<typeof job>)).rejects.toThrow('nobody applies webhooks of nobody');
  });

  it('that went with their connection are left alone', async () => {
    await receive('event-1', {});
    const [job] = await jobs();
    await ok(tenant.api.delete('/connections/elemente'));
    await run(job as NonNullable<typeof job>);
    expect(applied).toEqual([]);
  });

  it('are kept for 30 days', async () => {
    for (const days of [29, 31]) {
      await receive(`event-${days}`, {});
      await sql(`UPDATE inbound_webhooks SET applied_at = now(), received_at = now() - make_interval(days => $1) WHERE event_key = $2`, [days, `event-${days}`]);
    }
    await running.app.nest.get(Retention).sweep();
    expect(await sql('SELECT event_key FROM inbound_webhooks')).toEqual([{ event_key: 'event-29' }]);
  });
});
