import { aPhoneNumber } from '../../factories/connections';
import { aContact, aPhone } from '../../factories/contacts';
import { sendFile, sendForm } from '../../factories/files';
import { aCustomField } from '../../factories/custom-fields';
import { type TestTenant, twoTenants } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { aVoiceAgent } from '../../factories/voice-agents';
import { ok } from '../../support/answers';
import type { Method } from '../../support/api-client';
import { sql } from '../../support/database';
import { type Operation, openApi } from '../../support/openapi-check';
import { useTestApp } from '../../support/test-app';

/** In every text that the other tenant has: no answer to us may contain it. */
const SECRET = 'zzsecretzz';

type Ids = Record<string, number | string>;

/** Something of everything that a tenant can have. */
async function everythingOf({ api }: TestTenant): Promise<Ids> {
  const user = await aUser(api, { name: SECRET, email: `${SECRET}@example.com` });
  const definition = await aCustomField(api, { fieldKey: SECRET, options: [SECRET] });
  const contact = await aContact(api, { firstName: SECRET, userId: user.id, email: `${SECRET}@example.org`, customFields: { [SECRET]: SECRET } });
  const funnel = await ok(api.post<{ id: number; statuses: { id: number }[] }>('/funnels', { name: SECRET, statuses: [{ name: SECRET }] }));
  const conversation = await ok(api.post<{ id: number }>('/conversations', { funnelId: funnel.id, contactId: contact.id, userId: user.id, customFields: { note: SECRET } }));
  const bulk = await ok(api.post<{ operationId: string }>('/conversations/bulk', { conversations: [{ funnelId: funnel.id, contact: { phones: [SECRET] } }] }));
  await ok(api.put('/connections/vapi', { credentials: { apiKey: SECRET }, webhookSecret: SECRET }));
  const number = await aPhoneNumber(api, { providerId: SECRET });
  const agent = await aVoiceAgent(api, { name: SECRET, assistantId: SECRET, phoneNumberId: number.id, variableDefaults: { note: SECRET } });
  const unwanted = await ok(api.post<{ id: number }>('/do-not-call', { number: aPhone(), reason: SECRET }));
  const call = await ok(api.post<{ id: number }>('/calls/agent', { voiceAgentId: agent.id, to: aPhone(), contextVariables: { note: SECRET }, customData: { note: SECRET } }));
  const loaded = await api.post('/recordings', { userId: user.id, url: `https://example.com/${SECRET}.wav` });
  const file = await ok(sendFile(api, Buffer.from(SECRET), `${SECRET}.txt`));
  await ok(api.post('/phone-numbers', { number: OUR_NUMBER, provider: 'whatsapp' }));
  const message = await ok(api.post<{ id: string; conversationId: string }>('/messages/whatsapp/template', { ...TEMPLATE, customFields: { note: SECRET } }));
  const task = await ok(api.post<{ id: string }>('/tasks', { objective: SECRET, assignedTo: { id: SECRET, type: 'user' }, context: { conversationId: conversation.id } }));
  const note = await ok(api.post<{ id: number }>(`/contacts/${contact.id}/notes`, { text: SECRET, userId: user.id }));
  const imported = await ok(
    sendForm<{ id: number }>(api, '/imports', [
      { name: 'kind', content: 'conversations' },
      { name: 'options', content: JSON.stringify({ funnel: SECRET }) },
      { name: 'file', fileName: `${SECRET}.csv`, content: `name,phone\n${SECRET},` },
    ]),
  );
  const forgotten = await aContact(api, { firstName: SECRET, addresses: [] });
  const { erasureId } = await ok(api.delete<{ erasureId: number }>(`/contacts/${forgotten.id}?erase=true`));
  await ok(api.put('/automations/call.unanswered', { enabled: true, objective: SECRET, assignedTo: { id: SECRET, type: 'ai_employee' } }));
  const [job] = (await ok(api.get<{ items: { id: number }[] }>('/jobs'))).items;
  const [key] = (await ok(api.get<{ items: { id: number }[] }>('/api-keys'))).items;
  return {
    '/users/{id}': user.id,
    '/api-keys/{id}': key?.id ?? 0,
    '/custom-fields/definitions/{id}': definition.id,
    '/custom-fields/definitions/{definitionId}': definition.id,
    '/options/{optionId}': definition.options[0]?.id ?? 0,
    '/contacts/{id}': contact.id,
    '/funnels/{id}': funnel.id,
    '/conversations/{id}': conversation.id,
    '/operations/{operationId}': bulk.operationId,
    '/phone-numbers/{id}': number.id,
    '/voice-agents/{id}': agent.id,
    '/do-not-call/{id}': unwanted.id,
    '/connections/{provider}': 'vapi',
    '/calls/{callId}': call.id,
    '/recordings/{recordingId}': Number(String(loaded.headers.location).split('/').at(-1)),
    '/files/{fileId}': file.fileId,
    '/messages/{messageId}': message.id,
    '/tasks/{taskId}': task.id,
    '/notes/{noteId}': note.id,
    '/imports/{id}': imported.id,
    '/erasures/{id}': erasureId,
    '/jobs/{id}': job?.id ?? 0,
    '/automations/{trigger}': 'call.unanswered',
    '/messaging-conversations/{id}': Number(message.conversationId),
    status: funnel.statuses[0]?.id ?? 0,
  };
}

/** Each tenant has its own behind the same name: nothing of another's can be asked for, and what is there is ours. */
const NAMED_ALIKE = new Set(['/api/v1/connections/{provider}', '/api/v1/automations/{trigger}']);

/** They ask for a signature, not for a key. */
const SIGNED = new Set(['GetRecordingContent', 'GetFileContent']);

const OUR_NUMBER = '+525555550199';
const TEMPLATE = { fromPhoneNumber: OUR_NUMBER, toPhoneNumber: '+525512345678', templateName: 'order_ok', languageCode: 'es' };

/** Their ids in our bodies, where a body has a place for one. Without an entry a body is {}. */
const bodyOf = (operationId: string, their: Ids, our: Ids): object => {
  const [userId, contactId, funnelId, conversationId] = ['/users/{id}', '/contacts/{id}', '/funnels/{id}', '/conversations/{id}'].map((path) => their[path]);
  const phoneNumberId = their['/phone-numbers/{id}'];
  const references = { userId, contactId, funnelId, funnelStatusId: their.status };
  const bodies: Record<string, object> = {
    CreateUser: { name: 'x' },
    CreateApiKey: { name: 'x', userId },
    CreateCustomFieldDefinition: { entityType: 'CONTACT', fieldKey: 'mine', fieldType: 'STRING' },
    CreateCustomFieldListOption: { value: 'x' },
    CreateContact: { userId },
    SearchContacts: { includeArchived: true, filters: [{ field: 'userId', operator: 'eq', value: userId }], includeTotalCount: true },
    CreateFunnel: { name: 'x', statuses: [{ name: 'x' }] },
    Create: references,
    BulkCreate: {
      conversations: [references, { ...references, funnelId: our['/funnels/{id}'] }, { funnelId: our['/funnels/{id}'], contactId }, { funnelId, contact: { firstName: 'x' } }],
    },
    BulkUpdate: {
      conversations: [
        { id: conversationId, archivedAt: '2026-01-01T00:00:00Z' },
        { id: our['/conversations/{id}'], userId, contact: { id: contactId, firstName: 'x' } },
      ],
    },
    CreatePhoneNumber: { number: aPhone(), provider: 'vapi', isDefault: true },
    UpdatePhoneNumber: { isDefault: true },
    CreateVoiceAgent: { name: 'x', provider: 'vapi', assistantId: 'x', phoneNumberId },
    UpdateVoiceAgent: { phoneNumberId },
    CreateDoNotCallEntry: { number: aPhone() },
    StartVoiceAgentCall: { voiceAgentId: their['/voice-agents/{id}'], to: aPhone(), contextVariables: {} },
    StartVoiceAgentCalls: { voiceAgentId: their['/voice-agents/{id}'], calls: [{ to: aPhone() }] },
    StartAgentCall: { toPhoneNumber: aPhone(), objectives: ['x'], userId },
    StartBridgeCall: { from: aPhone(), to: aPhone() },
    CreateCall: { status: 'x', userId: null, metadata: null, from: aPhone(), to: aPhone(), duration: null, direction: 'incoming', startTime: '2026-01-01T00:00:00Z', funnelConversationId: conversationId },
    CreateMessage: { ...TEMPLATE, type: 'document', content: '', fileId: their['/files/{fileId}'], userId },
    CreateTemplateMessage: { ...TEMPLATE, userId, replyToMessageId: their['/messages/{messageId}'] },
    UploadMedia: { fromPhoneNumber: OUR_NUMBER, fileId: their['/files/{fileId}'] },
    CreateContactNote: { text: 'x', userId },
    UpdateContactNote: { text: 'x', userId },
    CreateTask: { objective: 'x', assignedTo: { id: '1', type: 'user' }, context: { conversationId } },
    UpdateTask: { context: { conversationId } },
    LoadRecording: { userId, url: 'https://example.com/x.wav' },
    SaveConnection: { concurrencyLimit: 1, webhookSecret: null },
    UpdateConversation: { userId, funnelStatusId: their.status },
  };
  return bodies[operationId] ?? {};
};

describe('what belongs to another tenant', () => {
  const running = useTestApp();

  if (!openApi) throw new Error('openapi.json is missing: npm run openapi');
  const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [operation.operationId, method.toUpperCase() as Method, path, operation] as const),
  );

  it.each(operations)('%s: %s %s neither shows nor changes it', async (operationId, method, template, operation: Operation) => {
    const { mine, theirs } = await twoTenants(running.app);
    const [our, their] = [await everythingOf(mine), await everythingOf(theirs)];
    await sql(`UPDATE api_keys SET last_used_at = now() WHERE last_used_at IS NULL`);
    const before = await rowsOf(theirs);

    const query = Object.fromEntries((operation.parameters ?? []).filter((one) => one.in === 'query' && one.name === 'searchBy').map(({ name }) => [name, SECRET]));
    const body = operation.requestBody && bodyOf(operationId, their, our);
    const path = withIds(template, their);
    const byId = template.includes('{') && !NAMED_ALIKE.has(template) && !SIGNED.has(operationId)
    const answer = await mine.api.send(method, path, { body, query: method === 'GET' ? query : {} });

    if (byId) expect([answer.status, answer.body]).toEqual([404, expect.objectContaining({ error: expect.stringMatching(/_NOT_FOUND$/) })]);
    expect(answer.status).toBeLessThan(500);
    if (byId || method === 'POST') expect(JSON.stringify(answer.body)).not.toContain(SECRET);
    expect(JSON.stringify(answer.body)).not.toContain(`"tenantId":"${theirs.id}"`);
    expect(await rowsOf(theirs)).toEqual(before);
    expect(await crossings(mine, theirs)).toEqual([]);
  });

  it('is not to be reached by an idempotency key, either', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const headers = { 'idempotency-key': 'same' };
    await ok(theirs.api.post('/contacts', { firstName: SECRET }, headers));
    const answer = await mine.api.post('/contacts', { firstName: SECRET }, headers);
    expect(answer).toMatchObject({ status: 200, body: { tenantId: mine.id } });
  });
});

function withIds(template: string, ids: Ids): string {
  return template.replace(/[^{]*\{\w+\}/g, (part) => {
    const known = Object.keys(ids).find((path) => path.includes('{') && part.endsWith(path));
    if (!known) throw new Error(`Teach this sweep an id for ${template}: everythingOf() knows none that ends with ${part}`);
    return part.replace(/\{\w+\}/, String(ids[known]));
  });
}

const tenantTables = () => sql<{ name: string }>(`SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id'`);

/** All of a tenant's rows, of every table. */
async function rowsOf({ id }: TestTenant): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const { name } of await tenantTables()) {
    rows[name] = await sql(`SELECT to_jsonb(t) - 'last_used_at' AS row FROM ${name} t WHERE tenant_id = $1 ORDER BY 1`, [id]);
  }
  return rows;
}

/** Rows of ours that name something of theirs: no foreign key should let one in. */
async function crossings(mine: TestTenant, theirs: TestTenant): Promise<unknown[]> {
  return sql(
    `SELECT 'contacts' AS of FROM contacts c JOIN users u ON u.id = c.user_id WHERE c.tenant_id = $1 AND u.tenant_id = $2
     UNION ALL SELECT 'conversations' FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE c.tenant_id = $1 AND p.tenant_id = $2
     UNION ALL SELECT 'conversations' FROM conversations c JOIN funnels f ON f.id = c.funnel_id WHERE c.tenant_id = $1 AND f.tenant_id = $2
     UNION ALL SELECT 'voice_agents' FROM voice_agents v JOIN phone_numbers n ON n.id = v.phone_number_id WHERE v.tenant_id = $1 AND n.tenant_id = $2
     UNION ALL SELECT 'calls' FROM calls c JOIN voice_agents v ON v.id = c.voice_agent_id WHERE c.tenant_id = $1 AND v.tenant_id = $2
     UNION ALL SELECT 'calls' FROM calls c JOIN contacts p ON p.id = c.contact_id WHERE c.tenant_id = $1 AND p.tenant_id = $2
     UNION ALL SELECT 'calls' FROM calls c JOIN connections n ON n.id = c.connection_id WHERE c.tenant_id = $1 AND n.tenant_id = $2
     UNION ALL SELECT 'recordings' FROM recordings r JOIN calls c ON c.id = r.call_id WHERE r.tenant_id = $1 AND c.tenant_id = $2
     UNION ALL SELECT 'api_keys' FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.tenant_id = $1 AND u.tenant_id = $2`,
    [mine.id, theirs.id],
  );
}
