import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Config } from '../../../src/platform/config/config';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import type { DeletedContactDto, ErasureDto } from '../../../src/modules/contacts/dto/erasure.dto';
import { InboundWebhooks, ConnectionsApi } from '../../../src/modules/connections';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { aContact } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { FILES, sendFile, sendForm } from '../../factories/files';
import { twoTenants } from '../../factories/tenants';
import { expectError, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { until } from '../../support/until';
import { type CallCentre, ended, numberEnding, startCall, useCallCentre } from '../calls/call-centre';
import { aFunnel } from '../conversations/desk';
import { type Import, formOf } from '../import/importing';
import { OURS, received, send, sendTemplate, withStatus } from '../messages/messaging';

/** Everything that the product keeps of a person, and that nothing of it is left. */
describe('erasing a person', () => {
  const running = useCallCentre({ speed: 100 });
  let centre: CallCentre;
  beforeEach(async () => {
    centre = running.centre;
    await ok(centre.api.post('/phone-numbers', { number: OURS, provider: 'whatsapp', providerId: '106540352242922' }));
  });

  const erase = (id: number): Promise<DeletedContactDto> => ok(centre.api.delete<DeletedContactDto>(`/contacts/${id}?erase=true`));
  const completed = (id: number | undefined): Promise<ErasureDto> =>
    until(async () => {
      const erasure = await ok(centre.api.get<ErasureDto>(`/erasures/${id}`));
      return erasure.status === 'completed' && erasure;
    });

  /** Tables in which any of these texts is found. */
  async function tablesWith(...markers: string[]): Promise<string[]> {
    const patterns = markers.map((marker) => `%${marker}%`);
    const tables = await sql<{ table_name: string }>(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`);
    const places: string[] = [];
    for (const { table_name: table } of tables) {
      if ((await countRows(`"${table}" AS t`, `t::text ILIKE ANY(ARRAY[${patterns.map((pattern) => `'${pattern}'`).join(', ')}])`)) > 0) places.push(table);
    }
    return places;
  }

  /** The same, and files of DATA_DIR. What WhatsApp itself keeps is its own. */
  async function found(...markers: string[]): Promise<string[]> {
    const places = await tablesWith(...markers);
    const folder = running.app.nest.get(Config).DATA_DIR;
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (path.startsWith('sandbox/whatsapp') || !statSync(join(folder, path)).isFile()) continue;
      if (markers.some((marker) => readFileSync(join(folder, path)).includes(marker))) places.push(path);
    }
    return places;
  }
  const stored = (): string[] => {
    const folder = join(running.app.nest.get(Config).DATA_DIR, 'storage');
    return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes(`/${centre.id}/`)) : [];
  };
  const importing = async (csv: string, kind: string): Promise<Import> => {
    const { id } = await ok(sendForm<Import>(centre.api, '/imports', formOf(csv, { kind })));
    return until(async () => {
      const now = await ok(centre.api.get<Import>(`/imports/${id}`));
      return ['completed', 'failed'].includes(now.status) && now;
    });
  };

  it('leaves nothing of them in any table, file, log or queue, and has providers delete what they have', async () => {
    const to = numberEnding('0105');
    const digits = to.slice(1);
    const markers = ['Zacarías', 'zacarias@', 'CURP-ZAC', 'wamid.', to, digits, to.slice(-10)];
    const { id: userId } = await ok(centre.api.post<{ id: number }>('/users', { name: 'Agent', email: 'agent@example.com', phoneNumber: '+525511119999' }));
    const funnel = await aFunnel(centre.api, 'Sales', ['New']);
    await aCustomField(centre.api, { fieldKey: 'ine', fieldType: 'FILE', entityType: 'CONTACT' });
    const document = await ok(sendFile(centre.api, Buffer.concat([FILES.pdf, Buffer.from('Zacarías')]), 'ine.pdf'));
    const other = await aContact(centre.api, { firstName: 'Other', phone: '+525577001122' });

    // The person, a conversation, notes, tasks; answers kept for Idempotency-Keys.
    const body = { firstName: 'Zacarías', nationalId: 'CURP-ZAC', metadata: { note: 'Zacarías' }, customFields: { ine: document.fileId }, addresses: [{ channelType: 'PHONE', address: to }, { channelType: 'EMAIL', address: 'zacarias@example.com' }] };
    const contact = (await centre.api.send<ContactDto>('POST', '/contacts', { body, headers: { 'idempotency-key': 'person' } })).body;
    await ok(centre.api.post(`/contacts/${contact.id}/notes`, { text: 'Zacarías prefers mornings' }));
    const conversation = await ok(centre.api.post<{ id: number }>('/conversations', { funnelId: funnel.id, contactId: contact.id, customFields: { nickname: 'Zacarías' } }));
    const assignedTo = { type: 'user', id: String(userId) };
    await ok(centre.api.post('/tasks', { objective: 'Send the contract to Zacarías', assignedTo, context: { conversationId: conversation.id } }));
    await ok(centre.api.post('/tasks', { objective: `Try ${to} once more`, assignedTo }));
    await ok(centre.api.post('/tasks', { objective: 'Clean up', assignedTo }));

    // Bulk reports and files with rows about them, beside rows about others.
    const bulk = await ok(
      centre.api.post<{ operationId: string }>('/conversations/bulk', {
        conversations: [
          { funnelId: funnel.id, contact: { firstName: 'Zacarías', phones: [to] } },
          { funnelId: funnel.id, contact: { firstName: 'Other', phones: ['+525577001122'] } },
          { funnelId: funnel.id, contact: { phones: ['nonsense'] } },
        ],
      }),
    );
    const local = `${to.slice(3, 5)} ${to.slice(5, 9)} ${to.slice(9)}`;
    expect((await importing(`name,phone,date,status,channel\nZacarías,${local},2026-99-99,X,Call\nEva,5512340000,2026-99-99,X,Call\n`, 'activity')).counts.errors).toBe(2);
    const today = new Date().toISOString().slice(0, 10);
    expect((await importing(`name,phone,date,status,channel,remark\nZacarías,${local},${today},X,Call,said Zacarías\n`, 'activity')).counts.successful).toBe(1);

    // Calls of a voice agent and over a bridge, recorded; messages both ways, with files; both providers' webhooks.
    const call = await startCall(centre, to, { contextVariables: { client_name: 'Zacarías' } });
    const bridge = await ok(centre.api.post<{ id: number }>('/calls/bridge', { from: '+525511119999', to }));
    for (const { id } of [call, bridge]) {
      expect(await ended(centre, id, 15)).toMatchObject({ status: 'completed' });
      await until(async () => (await centre.api.get(`/calls/${id}/recording`)).status === 200);
    }
    await until(async () => (await centre.api.get(`/calls/${call.id}/transcription`)).status === 200);
    await until(async () => (await countRows('call_attempts', 'released_at IS NULL')) === 0);
    await sendTemplate(centre, to);
    await received(centre, to);
    const { id: sent } = await ok(send(centre, to, 'Para Zacarías', { type: 'document', fileId: document.fileId }));
    await withStatus(centre, sent, 'read');
    await received(centre, to, 2);
    await until(async () => (await countRows('files', `state = 'pending'`)) === 0);
    await ok(centre.api.post('/do-not-call', { number: to, reason: 'Zacarías asked' }));
    await until(async () => (await countRows('outbox')) === 0);

    const before = await found(...markers);
    expect(before).toEqual(expect.arrayContaining(['activities', 'calls', 'contact_addresses', 'contact_notes', 'contacts', 'conversations', 'do_not_call_entries', 'idempotency_keys', 'import_errors', 'inbound_webhooks', 'messages', 'messaging_conversations', 'operations', 'sandbox/vapi.jsonl', 'tasks']));
    expect(stored().length).toBeGreaterThanOrEqual(4); // two recordings, the document, what came in

    const erased = await erase(contact.id);
    expect(erased).toMatchObject({ id: contact.id, firstName: 'Zacarías', erasureId: expect.any(Number) });
    const erasure = await completed(erased.erasureId);
    expect(erasure).toMatchObject({ contactId: contact.id, status: 'completed', rows: { contacts: 1, contact_addresses: 2, contact_notes: 1, conversations: 1, tasks: 2, calls: 2, recordings: 2, transcriptions: expect.any(Number), import_errors: 1 } });
    expect(erasure.providers).toEqual(
      expect.arrayContaining([
        { provider: 'twilio', kind: 'call', pending: 0, deleted: 1, impossible: 0 },
        { provider: 'vapi', kind: 'call', pending: 0, deleted: 1, impossible: 0 },
        { provider: 'whatsapp', kind: 'media', pending: 0, deleted: expect.any(Number), impossible: 0 },
      ]),
    );

    expect(await found(...markers)).toEqual([]);
    expect(stored()).toEqual([]);
    await expectError(centre.api.get(`/contacts/${contact.id}`), 404, 'CONTACT_NOT_FOUND');
    // And nothing of anybody else.
    expect(await ok(centre.api.get<ContactDto>(`/contacts/${other.id}`))).toMatchObject({ firstName: 'Other' });
    expect([await countRows('tasks'), await countRows('import_errors'), await countRows('do_not_call_entries')]).toEqual([1, 1, 1]);
    expect(await ok(centre.api.get(`/operations/${bulk.operationId}`))).toMatchObject({ report: { counts: { total: 3 }, itemsIssues: [{ index: 1 }, { index: 2 }] } });
    await expectError(centre.api.post('/calls/agent', { voiceAgentId: centre.voiceAgentId, to, contextVariables: {} }), 422, 'CALL_NOT_ALLOWED');
  });

  it('touches nothing of whoever only looks alike', async () => {
    const ana = await aContact(centre.api, { nationalId: '12345', addresses: [{ channelType: 'EMAIL', address: 'ana@example.com' }, { channelType: 'PHONE', address: '+525577001122' }] });
    const assignedTo = { type: 'ai_employee', id: 'x' };
    const others = ['Write to mariana@example.com', 'Write to ana@example.com.mx', 'Order 9123456', '+5255770011223344', 'Pay 12345.60 to Luz', 'ID: 12345, urgent'];
    const hers = ['Write to Ana@Example.com', 'a\\nana@example.com', 'Call 5577001122 today', 'tel:5215577001122', '+52 (55) 7700-1122, urgent'];
    for (const objective of [...others, ...hers]) await ok(centre.api.post('/tasks', { objective, assignedTo }));
    await completed((await erase(ana.id)).erasureId);
    const left = (await sql<{ objective: string }>('SELECT objective FROM tasks')).map(({ objective }) => objective);
    expect(left.sort()).toEqual(others.sort());
  });

  it('takes nothing of others that has the words of an id or a handle', async () => {
    const person = await aContact(centre.api, { nationalId: '12345', addresses: [{ channelType: 'WEBCHAT', address: 'orders' }, { channelType: 'INSTAGRAM', address: 'maria.perez' }] });
    const post = (path: string, body: object, key: string) => centre.api.send<{ id: number }>('POST', path, { body, headers: { 'idempotency-key': key } });
    const assignedTo = { type: 'ai_employee', id: 'x' };
    await post('/tasks', { objective: 'Look after the orders of 12345, says maria.perez', assignedTo }, 'of-a-task');
    await post('/contacts', { firstName: 'orders', lastName: 'maria.perez', nationalId: '123456' }, 'of-a-contact');
    const connection = (await running.app.nest.get(ConnectionsApi).forWebhook('vapi')) as NonNullable<Awaited<ReturnType<ConnectionsApi['forWebhook']>>>;
    await sql(
      `INSERT INTO inbound_webhooks (connection_id, provider, event_key, payload, tenant_id, subjects, applied_at) VALUES ($1, 'vapi', 'others', '{"order": "12345", "list": "orders", "of": "maria.perez"}', $2, '{}', now())`,
      [connection.id, Number(centre.id)],
    );
    await completed((await erase(person.id)).erasureId);
    expect([await countRows('tasks'), await countRows('contacts'), await countRows('inbound_webhooks')]).toEqual([1, 1, 1]);
    expect((await sql<{ key: string }>('SELECT key FROM idempotency_keys')).map(({ key }) => key).sort()).toEqual(['of-a-contact', 'of-a-task']);
  });

  it('answers while others hold what is the person’s, hides the contact at once, and goes on in its job', async () => {
    const person = await aContact(centre.api, { firstName: 'Zacarías', addresses: [{ channelType: 'PHONE', address: '+525577009911' }] });
    await sql(`INSERT INTO activities (tenant_id, contact_id, communication_type, source, status, request) SELECT $1, $2, 'VapiCall', 'api', 'OK', '{}' FROM generate_series(1, 1200)`, [Number(centre.id), person.id]);
    const other = new Client({ connectionString: process.env.DATABASE_URL });
    await other.connect();
    try {
      await other.query('BEGIN; SELECT FROM activities FOR UPDATE');
      const { erasureId } = await erase(person.id);
      expect(await ok(centre.api.get(`/erasures/${erasureId}`))).toMatchObject({ status: 'running', rows: { contact_addresses: 1 } });
      await expectError(centre.api.get(`/contacts/${person.id}`), 404, 'CONTACT_NOT_FOUND');
      await expectError(centre.api.put(`/contacts/${person.id}`, { firstName: 'Zacarías' }), 404, 'CONTACT_NOT_FOUND');
      await expectError(centre.api.delete(`/contacts/${person.id}?erase=true`), 404, 'CONTACT_NOT_FOUND');
      expect(await ok(centre.api.get('/contacts', { includeArchived: true }))).toMatchObject({ items: [], totalCount: 0 });
      expect(await tablesWith('Zacarías', '+525577009911')).toEqual([]);
      await other.query('COMMIT');
      expect(await completed(erasureId)).toMatchObject({ rows: { activities: 1200, contacts: 1, contact_addresses: 1 } });
    } finally {
      await other.end();
    }
    expect([await countRows('contacts'), await countRows('activities'), await countRows('erasure_traces')]).toEqual([0, 0, 0]);
  });

  it('finds what was kept before rows said what they are about', async () => {
    const keyed = (path: string, body: object, key: string) => centre.api.send<ContactDto>('POST', path, { body, headers: { 'idempotency-key': key } });
    const person = (await keyed('/contacts', { firstName: 'Zacarías', addresses: [{ channelType: 'PHONE', address: '+525577008811' }] }, 'theirs')).body;
    await keyed('/contacts', { firstName: 'Other', addresses: [{ channelType: 'PHONE', address: '+525577008822' }] }, 'of-another');
    const funnel = await aFunnel(centre.api, 'Sales', ['New']);
    await ok(centre.api.post('/conversations/bulk', { conversations: ['+525577008811', '+525577008822'].map((phone) => ({ funnelId: funnel.id, contact: { phones: [phone] } })) }));
    const call = await startCall(centre, '+525577008811');
    await ended(centre, call.id);
    await until(async () => (await countRows('inbound_webhooks', 'applied_at IS NOT NULL')) > 0 && (await countRows('outbox')) === 0);
    await until(async () => (await countRows('call_attempts', 'released_at IS NULL')) === 0);
    for (const table of ['inbound_webhooks', 'idempotency_keys', 'operations']) await sql(`UPDATE ${table} SET subjects = NULL`);
    await sql('UPDATE inbound_webhooks SET tenant_id = NULL');
    await completed((await erase(person.id)).erasureId);
    expect(await tablesWith('Zacarías', '5577008811')).toEqual([]);
    expect([await countRows('inbound_webhooks', `payload <> '{}'`), await countRows('idempotency_keys'), await countRows('operations', 'json_array_length(report->\'itemsIssues\') = 1')]).toEqual([0, 1, 1]);
  });

  it('waits for imports that may still come to a row about the person', async () => {
    const person = await aContact(centre.api, { phone: '+56912345678' });
    const [current] = await sql<{ id: number }>(
      `INSERT INTO imports (tenant_id, kind, status, file_name, size, columns, mapping, options) VALUES ($1, 'contacts', 'running', 'x.csv', 1, '{phone}', '{}', '{"dryRun": false}') RETURNING id`,
      [Number(centre.id)],
    );
    const { erasureId } = await erase(person.id);
    await until(async () => (await countRows('contacts')) === 0);
    const failed = ['9 1234 5678', '912345679'].map((cell, at) => [current?.id, at + 1, Number(centre.id), [cell]]);
    for (const row of failed) await sql(`INSERT INTO import_errors (import_id, row_number, tenant_id, cells, faults) VALUES ($1, $2, $3, $4, '')`, row);
    expect(await ok(centre.api.get(`/erasures/${erasureId}`))).toMatchObject({ status: 'running' });
    await sql(`UPDATE imports SET status = 'completed'`);
    expect(await completed(erasureId)).toMatchObject({ rows: { import_errors: 1 } });
    expect(await sql('SELECT cells FROM import_errors')).toEqual([{ cells: ['912345679'] }]);
  });

  it('waits for calls that are under way, and takes those that only wait out of the queue', async () => {
    const to = numberEnding('0299');
    const contact = await aContact(centre.api, { phone: to });
    const call = await startCall(centre, to);
    await until(async () => (await countRows('call_attempts', 'released_at IS NULL')) > 0);
    expect(await expectError(centre.api.delete(`/contacts/${contact.id}?erase=true`), 409, 'CONTACT_IN_CALL')).toMatchObject({ callIds: [call.id] });
    expect(await countRows('contacts')).toBe(1);
    await ok(centre.api.post(`/calls/${call.id}/cancel`));
    await ended(centre, call.id);
    await until(async () => (await centre.api.delete(`/contacts/${contact.id}?erase=true`)).status === 200);
    expect([await countRows('calls'), await countRows('call_queue'), await countRows('call_attempts')]).toEqual([0, 0, 0]);
  });

  it('keeps nothing of what a provider tells of them afterwards', async () => {
    const { nest } = running.app;
    const connection = await nest.get(ConnectionsApi).forWebhook('vapi');
    const payload = { message: { type: 'end-of-call-report', call: { id: 'gone', customer: { number: '+525599990000' } }, endedReason: 'customer-ended-call', transcript: 'Zacarías' } };
    await nest.get(InboundWebhooks).receive(connection as NonNullable<typeof connection>, 'late', payload);
    await until(async () => (await countRows('inbound_webhooks', 'applied_at IS NOT NULL')) === 1);
    expect(await sql('SELECT payload FROM inbound_webhooks')).toEqual([{ payload: {} }]);
    // Nor what there is nothing to do about: this tells of no end and no beginning.
    await nest.get(InboundWebhooks).receive(connection as NonNullable<typeof connection>, 'later', { message: { type: 'transcript', call: { id: 'gone' }, transcript: 'Zacarías' } });
    await until(async () => (await countRows('inbound_webhooks', 'applied_at IS NOT NULL')) === 2);
    expect(await countRows('inbound_webhooks', `payload <> '{}'`)).toBe(0);
  });

  it('is done for those whom nothing is known of, once, and says so by numbers only', async () => {
    const contact = await aContact(centre.api, { firstName: 'Zacarías', addresses: [] });
    const { erasureId } = await erase(contact.id);
    expect(await completed(erasureId)).toEqual({
      id: erasureId,
      tenantId: centre.id,
      contactId: contact.id,
      status: 'completed',
      userId: null,
      apiKeyId: expect.any(Number),
      requestId: expect.any(String),
      rows: { contacts: 1 },
      files: 0,
      providers: [],
      createdAt: expect.any(String),
    });
    await expectError(centre.api.delete(`/contacts/${contact.id}?erase=true`), 404, 'CONTACT_NOT_FOUND');
    await expectError(centre.api.delete(`/contacts/${contact.id}?erase=perhaps`), 400, 'VALIDATION_FAILED');
    expect(await ok(centre.api.get<{ totalCount: number }>('/erasures', { filterBy: `contactId:${contact.id}` }))).toMatchObject({ totalCount: 1 });
  });

  it('asks a provider again until it has answered, and says where there is no way to ask', async () => {
    const contact = await aContact(centre.api, { phone: '+525577003344' });
    const em = running.app.nest.get(DataSource).manager;
    const { origin } = await running.app.listen();
    await ok(centre.api.put('/connections/vapi', { credentials: { apiKey: 'wrong' }, baseUrl: `${origin}/sandbox/vapi` }));
    const connections = await Promise.all((['vapi', 'elemente'] as const).map(async (provider) => (await running.app.nest.get(ConnectionsApi).of(em, { tenantId: Number(centre.id) } as never, provider)).id));
    for (const id of connections) {
      await sql(
        `INSERT INTO calls (tenant_id, kind, provider_id, connection_id, contact_id, from_number, to_number, direction, status, start_time)
         VALUES ($1, 'voice-agent', 'call-of-' || $2::text, $2::bigint, $3, '+525500000000', '+525577003344', 'outgoing', 'completed', now())`,
        [Number(centre.id), id, contact.id],
      );
    }
    const { erasureId } = await erase(contact.id);
    const now = await until(async () => {
      const erasure = await ok(centre.api.get<ErasureDto>(`/erasures/${erasureId}`));
      return erasure.providers.some(({ impossible }) => impossible === 1) && erasure;
    });
    expect(now).toMatchObject({ status: 'running', providers: [{ provider: 'elemente', impossible: 1 }, { provider: 'vapi', pending: 1 }] });
    await until(async () => (await countRows('outbox', `type = 'erasure.ask-providers' AND last_error IS NOT NULL`)) === 1);
    // Once it is as it was, the same job is done.
    await ok(centre.api.delete('/connections/vapi'));
    await sql(`UPDATE outbox SET run_at = now()`);
    expect(await completed(erasureId)).toMatchObject({ providers: [{ provider: 'elemente' }, { provider: 'vapi', pending: 0, impossible: 1 }] });
  });

  it('is nobody else’s to ask, and touches nothing of another tenant’s about the same number', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const [ours, others] = [await aContact(mine.api, { phone: '+525577005566' }), await aContact(theirs.api, { phone: '+525577005566' })];
    await expectError(theirs.api.delete(`/contacts/${ours.id}?erase=true`), 404, 'CONTACT_NOT_FOUND');
    const { erasureId } = await ok(mine.api.delete<DeletedContactDto>(`/contacts/${ours.id}?erase=true`));
    expect(await ok(theirs.api.get<ContactDto>(`/contacts/${others.id}`))).toMatchObject({ phone: '+525577005566' });
    await expectError(theirs.api.get(`/erasures/${erasureId}`), 404, 'ERASURE_NOT_FOUND');
  });
});
