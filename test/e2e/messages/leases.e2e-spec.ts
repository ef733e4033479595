import { setTimeout as sleep } from 'node:timers/promises';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import { MESSAGE_PROVIDER, type MessageProvider } from '../../../src/modules/messages/message-provider';
import { MessageTimings } from '../../../src/modules/messages/message-timings';
import { JobTimings } from '../../../src/platform/queue/job-timings';
import { aContact } from '../../factories/contacts';
import { FILES, sendFile } from '../../factories/files';
import { ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useLoopbackServer } from '../../support/loopback-server';
import { holdNext } from '../../support/stand-still';
import { until } from '../../support/until';
import { Graph, accepted } from './graph';
import { OURS, send, useMessaging, withStatus } from './messaging';

const PERSON = '+525512345678';
const LEASE_MS = 1200;

/** Whoever stands still with something to send finds that others have sent it. */
describe('what is to go to WhatsApp', () => {
  const server = useLoopbackServer();
  const settings = { WHATSAPP_ACCESS_TOKEN: 'the-token', WHATSAPP_APP_SECRET: 'the-secret', WHATSAPP_VERIFY_TOKEN: 'the-word', WHATSAPP_BASE_URL: 'http://127.0.0.1:1' };
  const messaging = useMessaging({ settings, timings: { silenceMs: 500, leaseMs: LEASE_MS, pairMs: 1, numberMs: 1 } });
  let graph: Graph;
  let contact: ContactDto;
  beforeEach(async () => {
    // Jobs never say that they still run, as from a process that stands still.
    Object.assign(messaging.app.nest.get(JobTimings), { visibilityMs: 1500, extendMs: 3_600_000, firstBackoffMs: 50 });
    messaging.app.nest.get(MessageTimings).leaseMs = LEASE_MS;
    graph = new Graph(server);
    await sql(`INSERT INTO connections (provider, base_url) VALUES ('whatsapp', $1) ON CONFLICT (tenant_id, provider) DO UPDATE SET base_url = excluded.base_url`, [server.url]);
    contact = await aContact(messaging.tenant.api, { phone: PERSON });
    await sql(`INSERT INTO messaging_conversations (tenant_id, our_number, address, identity, contact_id, last_inbound_at) VALUES ($1, $2, $3, $3, $4, now())`, [
      Number(messaging.tenant.id),
      OURS,
      PERSON,
      contact.id,
    ]);
  });

  const provider = (): MessageProvider => messaging.app.nest.get<MessageProvider>(MESSAGE_PROVIDER);
  const textsSent = () => graph.messages.map(({ body }) => body.text?.body);

  /** The lease is over, and whoever comes first has the conversation. */
  const takenOver = (attempts: number) =>
    until(async () => {
      if ((await countRows('messages', `attempts >= ${attempts}`)) > 0) return true;
      await sql(`UPDATE messaging_conversations SET leased_until = now() WHERE leased_until IS NOT NULL AND lease < ${attempts}`);
      return false;
    });

  it('a message is sent by one of them', async () => {
    const held = holdNext(provider(), 'send');
    const { id } = await ok(send(messaging.tenant, PERSON, 'first'));
    await held.reached;
    await ok(send(messaging.tenant, PERSON, 'second'));
    await takenOver(2);
    await withStatus(messaging.tenant, id, 'sent');
    await until(async () => textsSent().length === 2);
    await sleep(LEASE_MS);
    expect(await held.letGo()).toMatchObject({ status: 'rejected', reason: { code: 'LEASE_LOST' } });
    expect(textsSent()).toEqual(['first', 'second']);
    await until(async () => (await countRows('outbox')) === 0);
    expect(textsSent()).toEqual(['first', 'second']);
  });

  it('an answer that is read late changes nothing of what others have decided, and gives nothing back that is theirs', async () => {
    let asked = 0;
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    graph.onMessage = async () => {
      if (++asked === 1) return { status: 400, body: { error: { code: 100, message: 'no' } } };
      await answered;
      return accepted();
    };
    const held = holdNext(provider(), 'send', 'after');
    const { id } = await ok(send(messaging.tenant, PERSON, 'first'));
    await held.reached; // refused, and nobody knows it yet
    messaging.app.nest.get(MessageTimings).leaseMs = 30_000;
    await ok(send(messaging.tenant, PERSON, 'second'));
    await takenOver(2);
    await until(async () => asked === 2); // another asks, and waits
    expect((await held.letGo()).status).toBe('fulfilled');
    await until(async () => (await countRows('activities', `status = 'REFUSED'`)) === 1);
    expect(await sql('SELECT status, attempts FROM messages WHERE id = $1', [id])).toEqual([{ status: 'pending', attempts: 2 }]);
    expect(await countRows('messaging_conversations', 'leased_until > now()')).toBe(1);
    answer();
    await withStatus(messaging.tenant, id, 'sent');
  });

  it('a file is uploaded, and a deletion asked for, by one of them', async () => {
    const { fileId } = await ok(sendFile(messaging.tenant.api, FILES.pdf, 'contrato.pdf'));
    const uploading = holdNext(provider(), 'upload');
    const { id } = await ok(send(messaging.tenant, PERSON, '', { type: 'document', fileId }));
    await uploading.reached;
    await ok(send(messaging.tenant, PERSON, 'second'));
    await takenOver(2);
    await withStatus(messaging.tenant, id, 'sent');
    await sleep(LEASE_MS);
    expect(await uploading.letGo()).toMatchObject({ status: 'rejected', reason: { code: 'LEASE_LOST' } });
    expect(graph.uploads).toHaveLength(1);
    await until(async () => (await countRows('outbox')) === 0);

    const deleting = holdNext(provider(), 'erase');
    graph.onMessage = () => ({ body: { success: true } });
    const { erasureId } = await ok(messaging.tenant.api.delete<{ erasureId: number }>(`/contacts/${contact.id}?erase=true`));
    await deleting.reached;
    await until(async () => (await ok(messaging.tenant.api.get<{ status: string }>(`/erasures/${erasureId}`))).status === 'completed');
    expect((await deleting.letGo()).status).toBe('rejected');
    expect(graph.messages.filter(({ path }) => path.endsWith('/media-1'))).toHaveLength(1);
  });
});
