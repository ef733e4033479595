import type { IncomingMessage, ServerResponse } from 'node:http';
import { DataSource, type EntityManager } from 'typeorm';
import { type CallRecording, RecordingsApi } from '../../../src/modules/recordings';
import { JobHandlers } from '../../../src/platform/queue/job-handlers';
import { Lease } from '../../../src/platform/queue/lease';
import { type TestTenant, aContext } from '../../factories/tenants';
import { sql } from '../../support/database';
import type { LoopbackServer } from '../../support/loopback-server';
import type { TestApp } from '../../support/test-app';

/** Does work in a transaction, as the modules that call the door do. */
export const inTransaction = <T>(app: TestApp, work: (em: EntityManager, api: RecordingsApi) => Promise<T>): Promise<T> =>
  app.nest.get(DataSource).transaction((em) => work(em, app.nest.get(RecordingsApi)));

/** A call that took place. @returns its id */
export async function aCall({ id: tenantId }: TestTenant): Promise<number> {
  const [call] = await sql<{ id: number }>(
    `INSERT INTO calls (tenant_id, kind, from_number, to_number, direction, status, start_time)
     VALUES ($1, 'recorded', '+525511111111', '+525522222222', 'outgoing', 'completed', now()) RETURNING id`,
    [tenantId],
  );
  return call?.id ?? 0;
}

/** The environment's account at Vapi, which is played by a server of the test's. @returns its id */
export async function aConnectionTo({ url }: LoopbackServer): Promise<number> {
  const [connection] = await sql<{ id: number }>(
    `INSERT INTO connections (provider, base_url) VALUES ('vapi', $1) ON CONFLICT (tenant_id, provider) DO UPDATE SET base_url = excluded.base_url RETURNING id`,
    [url],
  );
  return connection?.id ?? 0;
}

let made = 0;

/** A recording that a provider told of, with a call of its own, still to be fetched. */
export async function aRecording(app: TestApp, tenant: TestTenant, provider: LoopbackServer, more: Partial<CallRecording> = {}): Promise<{ id: number; callId: number }> {
  const callId = more.callId ?? (await aCall(tenant));
  const connectionId = more.connectionId ?? (await aConnectionTo(provider));
  const recording = { callId, connectionId, providerName: 'vapi', url: `${provider.url}/call/${made++}/mono-recording?signature=hidden`, ...more };
  return { id: await inTransaction(app, (em, api) => api.record(em, Number(tenant.id), recording)), callId };
}

/** One that somebody loaded. @returns its id */
export const aLoadedRecording = (app: TestApp, tenant: TestTenant, userId: number, url: string): Promise<number> =>
  inTransaction(app, (em, api) => api.load(em, aContext(tenant), { userId, url }));

export const answerWith =
  (content: Buffer, contentType = 'application/octet-stream') =>
  (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': contentType }).end(content);

/** Runs the jobs that are recorded, one after the other, and those that they record. @throws what a job throws: it would run again */
export async function runJobs(app: TestApp, attempt = 1): Promise<string[]> {
  const done: string[] = [];
  for (;;) {
    const [job] = await sql<{ id: number; type: string; tenant_id: number; payload: Record<string, unknown> }>('SELECT * FROM outbox ORDER BY id LIMIT 1');
    if (!job) return done;
    await app.nest.get(JobHandlers).of(job.type)?.(job.payload, { tenantId: job.tenant_id, attempt, lease: Lease.FOREVER });
    await sql('DELETE FROM outbox WHERE id = $1', [job.id]);
    done.push(job.type);
  }
}
