import { aContact, aPhone, anEmail } from '../../factories/contacts';
import { aPhoneNumber } from '../../factories/connections';
import { aCustomField } from '../../factories/custom-fields';
import { FILES, formOf, sendFile } from '../../factories/files';
import { aUser } from '../../factories/users';
import { aVoiceAgent } from '../../factories/voice-agents';
import { ok, shown } from '../../support/answers';
import type { Answer, ErrorBody, Method } from '../../support/api-client';
import { sql } from '../../support/database';
import { type Content, type Operation, type Schema, openApi, takes } from '../../support/openapi-check';
import { OURS, sendTemplate, useMessaging } from '../messages/messaging';

type Json = Record<string, unknown>;

/** A property of a body, by its way there. */
interface Part {
  way: (string | number)[];
  schema: Schema;
}

/** What a client sends that has the shape wrong. */
const WRONG: unknown[] = [[], {}, [[]], [{}], [null], [5], ['x'], 'x', '', 5, 1.5, true, false, null, { a: null }, { a: [] }, { id: {}, type: {} }];

const TO = '+525512345678';
const ANY = { plan: 'gold', nested: { a: [1] } };

describe('in place of each part of each body', () => {
  const running = useMessaging({ jobs: false });
  if (!openApi) throw new Error('openapi.json is missing: npm run openapi');
  const { paths, components } = openApi;
  const withBody = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.requestBody)
      .map(([method, operation]) => [operation.operationId, method.toUpperCase() as Method, path, operation] as const),
  );

  it.each(withBody)('%s: the wrong thing is refused by its path, and never a failure', async (id, method, template, operation) => {
    const cases = BODIES[id];
    if (!cases) throw new Error(`${id} has a body, and no right one here: add one`);
    const { ids, bodies } = cases(await aWorld());
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => String(ids?.[name] ?? ids?.id));
    const parts = bodies.map((body) => partsOf(schemaOf(operation), body));
    const send = (body: Json): Promise<Answer<unknown>> => sendBody(method, path, operation, body);

    const faults: string[] = [];
    const untried = new Set(namesIn(schemaOf(operation)));
    for (const [at, body] of bodies.entries()) {
      const right = await send(body);
      if (right.status >= 300) throw new Error(`this should be right: ${JSON.stringify(body)}\n${shown(right)}`);
      for (const part of parts[at] ?? []) {
        untried.delete(nameOf(part.way));
        for (const wrong of WRONG) {
          const answer = await send(replaced(body, part.way, wrong));
          const fault = faultOf(answer, part, wrong);
          if (fault) faults.push(`${pathOf(part.way)} = ${JSON.stringify(wrong)}: ${fault}`);
        }
      }
    }
    expect(faults).toEqual([]);
    expect([...untried]).toEqual([]);
  });

  function sendBody(method: Method, path: string, operation: Operation, body: Json): Promise<Answer<unknown>> {
    const { api } = running.tenant;
    if (operation.requestBody?.content?.['application/json']) return api.send(method, path, { body });
    const texts = Object.entries(body).map(([name, value]) => ({ name, content: typeof value === 'string' ? value : JSON.stringify(value) }));
    return api.send(method, path, formOf([{ name: 'file', fileName: 'a.csv', content: 'name,phone\nAna,+525512345678\n' }, ...texts]));
  }

  /** Undefined where it is as it should be. */
  function faultOf({ status, body, ...rest }: Answer<unknown>, { way, schema }: Part, wrong: unknown): string | undefined {
    if (status >= 500) return shown({ status, body, ...rest }).slice(0, 400);
    // Texts, numbers and the like are held to be absent where they are null, and are read leniently.
    // Fields that nobody knows are ignored, so that an object with such ones is an empty one.
    if (!isPart(schema) || takes(`a part ${JSON.stringify(schema)}`, schema, withoutStrangers(wrong))) return undefined;
    const at = pathOf(way);
    const named = (paths: string[]): boolean => paths.some((path) => path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`));
    const { error, details } = body as ErrorBody;
    if (status === 400 && ['VALIDATION_FAILED', 'INVALID_BATCH'].includes(error) && named((details.fields ?? []).map(({ path }) => path))) return undefined;
    // Items of a bulk are refused one by one.
    const [item] = (body as { report?: { itemsIssues: { errors: { field: string }[] }[] } }).report?.itemsIssues ?? [];
    if (item && (way.length <= 2 ? item.errors.length > 0 : named(item.errors.map(({ field }) => `${way[0]}[0].${field}`)))) return undefined;
    return `${status} ${JSON.stringify(body).slice(0, 300)}`;
  }

  /** Whatever bodies name. */
  async function aWorld() {
    const { tenant } = running;
    const { api } = tenant;
    const user = await aUser(api);
    const field = await aCustomField(api, { fieldKey: 'plan', options: ['gold'] });
    const contact = await aContact(api);
    const note = await ok(api.post<{ id: number }>(`/contacts/${contact.id}/notes`, { text: 'x' }));
    const funnel = await ok(api.post<{ id: number; statuses: { id: number }[] }>('/funnels', { name: 'Sales', statuses: [{ name: 'new' }] }));
    const conversation = await ok(api.post<{ id: number }>('/conversations', { funnelId: funnel.id, contactId: contact.id }));
    const number = await aPhoneNumber(api, { providerId: 'number-1' });
    await aPhoneNumber(api, { provider: 'twilio' });
    const agent = await aVoiceAgent(api);
    const { fileId } = await ok(sendFile(api, FILES.png));
    await sendTemplate(tenant, TO);
    await sql('UPDATE messaging_conversations SET last_inbound_at = now()');
    const task = await ok(api.post<{ id: string }>('/tasks', { objective: 'x', assignedTo: { id: String(user.id), type: 'user' } }));
    return { user, field, contact, note, funnel, conversation, number, agent, fileId, task };
  }

  type World = Awaited<ReturnType<typeof aWorld>>;

  const address = () => ({ channelType: 'PHONE', address: aPhone() });
  const filters = [{ field: 'firstName', operator: 'in', value: ['Ana'] }];
  const addressed = { fromPhoneNumber: OURS, toPhoneNumber: TO, customFields: ANY };
  const person = () => ({ firstName: 'Ana', phones: [aPhone()], emails: [anEmail()], customFields: ANY });
  const createContact = () => ({ firstName: 'Ana', customFields: { plan: 'gold' }, metadata: ANY, addresses: [address()] });
  const providerConfig = { model: { maxTokens: 100, model: { provider: 'openai', model: 'gpt-4o' } }, voice: { voiceId: 'v' }, transcriber: { keywords: ['llamador'] } };
  const component = { type: 'body', parameters: [{ type: 'text', text: 'Ana' }] };
  const assistant = { firstMessage: 'Hello', model: { provider: 'openai' } };

  /** What each operation takes: at least one body that has each part. */
  const BODIES: Record<string, (world: World) => { ids?: Record<string, unknown>; bodies: Json[] }> = {
    CreateUser: () => ({ bodies: [{ name: 'Luz' }] }),
    UpdateSettings: () => ({ bodies: [{ name: 'Luz' }] }),
    UpdateUser: ({ user }) => ({ ids: { id: user.id }, bodies: [{ name: 'Luz' }] }),
    CreateApiKey: () => ({ bodies: [{ name: 'k', scopes: ['contacts:read'] }] }),
    SaveConnection: () => ({ ids: { provider: 'vapi' }, bodies: [{ credentials: { apiKey: 'x' } }] }),
    CreatePhoneNumber: () => ({ bodies: [{ number: '+525598765432', provider: 'elemente', capabilities: ['call'] }] }),
    UpdatePhoneNumber: ({ number }) => ({ ids: { id: number.id }, bodies: [{ capabilities: ['call'] }] }),
    CreateCustomFieldDefinition: () => ({ bodies: [{ entityType: 'CONTACT', fieldKey: 'seats', fieldType: 'NUMBER' }] }),
    UpdateCustomFieldDefinition: ({ field }) => ({ ids: { id: field.id }, bodies: [{ fieldLabel: 'Plan' }] }),
    CreateCustomFieldListOption: ({ field }) => ({ ids: { definitionId: field.id }, bodies: [{ value: 'silver' }] }),
    UpdateCustomFieldListOption: ({ field }) => ({ ids: { definitionId: field.id, optionId: field.options[0]?.id }, bodies: [{ label: 'Gold' }] }),
    UploadFile: () => ({ bodies: [{ tags: { campaign: 'spring' } }] }),
    CreateContact: () => ({ bodies: [createContact()] }),
    UpdateContact: ({ contact }) => ({ ids: { id: contact.id }, bodies: [createContact()] }),
    SearchContacts: () => ({ bodies: [{ filters, sort: [{ field: 'firstName', direction: 'asc' }] }] }),
    CreateContactNote: ({ contact }) => ({ ids: { id: contact.id }, bodies: [{ text: 'x' }] }),
    UpdateContactNote: ({ contact, note }) => ({ ids: { id: contact.id, noteId: note.id }, bodies: [{ text: 'x' }] }),
    LoadRecording: ({ user }) => ({ bodies: [{ userId: user.id, url: 'https://recordings.invalid/1.wav' }] }),
    CreateFunnel: () => ({ bodies: [{ name: 'Support', statuses: [{ name: 'new' }] }] }),
    UpdateFunnel: ({ funnel }) => ({ ids: { id: funnel.id }, bodies: [{ statuses: [{ id: funnel.statuses[0]?.id, name: 'newer' }] }] }),
    Create: ({ funnel }) => ({ bodies: [{ funnelId: funnel.id, customFields: ANY, contact: person() }] }),
    BulkCreate: ({ funnel }) => ({ bodies: [{ conversations: [{ funnelId: funnel.id, customFields: ANY, contact: person() }] }] }),
    UpdateConversation: ({ conversation }) => ({ ids: { id: conversation.id }, bodies: [{ customFields: ANY, contact: person() }] }),
    BulkUpdate: ({ conversation }) => ({ bodies: [{ conversations: [{ id: conversation.id, customFields: ANY, contact: person() }] }] }),
    StartAgentCall: ({ user }) => ({
      bodies: [
        {
          ...{ toPhoneNumber: TO, objectives: ['Say hello'], constraints: ['No'], taskSteps: ['First'], userId: user.id, personality: { name: 'Sofía' } },
          ...{ contactInfo: { firstName: 'Ana', additionalInfo: { plan: 'gold' } }, customData: ANY, providerConfig },
        },
      ],
    }),
    StartVoiceAgentCall: ({ agent }) => ({ bodies: [{ voiceAgentId: agent.id, to: TO, contextVariables: ANY, customData: ANY }] }),
    StartVoiceAgentCalls: ({ agent }) => ({ bodies: [{ voiceAgentId: agent.id, calls: [{ to: TO, contextVariables: ANY, customData: ANY }], onDuplicate: 'create' }] }),
    StartBridgeCall: () => ({ bodies: [{ from: '+525511119999', to: TO, providerData: ANY, callCustomData: ANY }] }),
    CreateCall: () => ({ bodies: [{ status: 'completed', userId: null, metadata: ANY, customData: ANY, from: aPhone(), to: TO, duration: 1, direction: 'outgoing', startTime: '2026-01-02T03:04:05Z' }] }),
    CreateVoiceAgent: () => ({ bodies: [{ name: 'Sofía', provider: 'vapi', assistant, variableDefaults: ANY }] }),
    UpdateVoiceAgent: ({ agent }) => ({ ids: { id: agent.id }, bodies: [{ assistantId: null, assistant, variableDefaults: ANY }] }),
    CreateDoNotCallEntry: () => ({ bodies: [{ number: aPhone() }] }),
    CreateMessage: () => ({ bodies: [{ ...addressed, type: 'text', content: 'Hello' }] }),
    CreateTemplateMessage: () => ({
      bodies: [{ variables: [{ value: 'Ana' }] }, { components: [component] }].map((more) => ({ ...addressed, templateName: 'order_ok', languageCode: 'es_MX', ...more })),
    }),
    UploadMedia: () => ({ bodies: [{ fromPhoneNumber: OURS, fileName: 'a.png', contentType: 'image/png', content: FILES.png.toString('base64'), tags: { campaign: 'spring' } }] }),
    CreateTask: ({ user, conversation }) => ({
      bodies: [{ objective: 'x', assignedTo: { id: String(user.id), type: 'user' }, createdBy: { id: '1', type: 'ai_employee' }, context: { conversationId: conversation.id } }],
    }),
    UpdateTask: ({ user, task, conversation }) => ({ ids: { taskId: task.id }, bodies: [{ assignedTo: { id: String(user.id), type: 'user' }, context: { conversationId: conversation.id } }] }),
    CreateImport: () => ({ bodies: [{ kind: 'contacts', mapping: { name: 'name' }, options: { onDuplicate: 'skip' } }] }),
    SaveAutomation: ({ user }) => ({ ids: { trigger: 'call.unanswered' }, bodies: [{ enabled: true, assignedTo: { id: String(user.id), type: 'user' } }] }),
  };

  const schemaOf = ({ requestBody }: Operation): Schema => Object.values((requestBody as Content).content ?? {})[0]?.schema ?? {};

  /** The schema that says what is inside: of one class, of a list of them, of what may also be null or anything. */
  function inside(schema: Schema): Schema {
    if (schema.$ref) return components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {};
    const [first] = schema.allOf ?? schema.anyOf ?? [];
    return first?.$ref ? inside(first) : schema;
  }

  const isPart = (schema: Schema): boolean => ['object', 'array'].includes(String(inside(schema).type));

  /** Each property of a body, and of what is inside of it. */
  function partsOf(schema: Schema, value: unknown, way: Part['way'] = []): Part[] {
    const { properties = {}, items } = inside(schema);
    if (Array.isArray(value) && items) return [{ way: [...way, 0], schema: items }, ...partsOf(items, value[0], [...way, 0])];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(properties)
      .filter(([, { format }]) => format !== 'binary')
      .flatMap(([name, property]) => [{ way: [...way, name], schema: property }, ...partsOf(property, (value as Json)[name], [...way, name])]);
  }

  /** All parts there are that are objects or lists. */
  function namesIn(schema: Schema, path = ''): string[] {
    const { properties = {}, items } = inside(schema);
    const own = Object.entries({ ...properties, ...(items && { '[]': items }) });
    return own.flatMap(([name, property]) => {
      const at = name === '[]' ? `${path}[]` : path ? `${path}.${name}` : name;
      return [...(isPart(property) ? [at] : []), ...namesIn(property, at)];
    });
  }
});

const pathOf = (way: Part['way']): string => way.reduce<string>((path, step) => (typeof step === 'number' ? `${path}[${step}]` : path ? `${path}.${step}` : step), '');
const withoutStrangers = (wrong: unknown): unknown => (JSON.stringify(wrong).startsWith('{') ? {} : wrong);
const nameOf = (way: Part['way']): string => pathOf(way).replaceAll(/\[\d+\]/g, '[]');

function replaced(whole: unknown, [step, ...rest]: Part['way'], wrong: unknown): Json {
  const copy = (Array.isArray(whole) ? [...(whole as unknown[])] : { ...(whole as Json) }) as Json;
  copy[step as string] = rest.length === 0 ? wrong : replaced(copy[step as string], rest, wrong);
  return copy;
}
