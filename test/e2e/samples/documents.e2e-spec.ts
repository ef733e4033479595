import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TenantsService } from '../../../src/modules/accounts';
import { FILES } from '../../factories/files';
import { Relay } from '../../../src/platform/queue/relay';
import type { ApiClient, Answer, ErrorBody, Method } from '../../support/api-client';
import { ok, shown } from '../../support/answers';
import { sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

interface Sample {
  /** `PUT /tasks/task_123` */
  request: string;
  body?: Json;
  operation?: string;
}
type Json = Record<string, unknown>;

/** Every request that the documents show: their examples, and the payload of each operation, where "string" and 0.1 stand for a value of that type. */
const { examples, payloads } = JSON.parse(readFileSync(join(__dirname, 'requests.json'), 'utf8')) as { examples: Sample[]; payloads: Required<Sample>[] };

/** Where the documents lie beside the project, the samples are held against them. */
const DOCUMENT = join(__dirname, '../../../../shared/seeds/003_1cabcd5790a7faea.txt');

/** The documents write them for a server of which they say nothing. */
const PAGE_TOKEN = 'Xde34567890';

describe("the documents' own samples, on a fresh start", () => {
  const running = useTestApp({ SANDBOX_SPEED: '20' });
  let api: ApiClient;
  beforeAll(async () => {
    await running.app.listen();
    await running.app.nest.get(Relay).start();
  });
  beforeEach(async () => {
    await running.app.nest.get(TenantsService).ensureFirst();
    await running.app.nest.get(TenantsService).showFirstKey((apiKey) => (api = running.app.client(apiKey)));
  });

  const send = ({ request, body }: Sample): Promise<Answer<ErrorBody>> => {
    const [method = '', url = ''] = request.split(' ');
    return api.send<ErrorBody>(method as Method, url, { body });
  };
  const make = async (path: string, body: unknown): Promise<number> => (await ok(api.post<{ id: number }>(path, body))).id;
  const expectSuccess = async (sample: Sample): Promise<void> => {
    const answer = await send(sample);
    if (answer.status !== 200 && answer.status !== 204) throw new Error(`${answer.request} answered ${shown(answer)}\n${JSON.stringify(sample.body)}`);
  };

  it('are all there', () => {
    expect([examples.length, payloads.length]).toEqual([7, 20]);
    if (!existsSync(DOCUMENT)) return;
    const text = readFileSync(DOCUMENT, 'utf8');
    const shownThere = [...text.matchAll(/Request samples\n- Payload\n(.*?)Response samples/gs)].map(([, json = '']) => JSON.parse(json.replace(/(^|\{|\[|, ?)- (?=["{[\d])/gm, '$1')) as Json);
    expect(payloads.map(({ body }) => body)).toEqual(shownThere);
    const used = [...text.matchAll(/Example usage: (\w+) \/api\/v1(\S+)(?: (\{.*\}))?$/gm)].map(([, method, url, json]) => ({ request: `${method} ${url}`, ...(json && { body: JSON.parse(json) as Json }) }));
    expect(examples).toEqual(used);
  });

  describe('examples', () => {
    /** Objects with the very ids that the examples name. */
    const prepare = async (): Promise<void> => {
      const task = await ok(api.post<{ id: string }>('/tasks', { objective: 'x', assignedTo: { type: 'user', id: '123' } }));
      await sql(`UPDATE tasks SET id = 'task_123' WHERE id = $1`, [task.id]);
      const user = await make('/users', { name: 'Ana' });
      await sql('UPDATE users SET id = 123 WHERE id = $1', [user]);
      const contact = await make('/contacts', { firstName: 'Jane' });
      await sql('UPDATE contacts SET id = 123 WHERE id = $1', [contact]);
    };

    it.each(examples.map((example) => [example.request, example]))('%s', async (_, example) => {
      await prepare();
      const plain = JSON.parse(JSON.stringify(example).replace(`&pageToken=${PAGE_TOKEN}`, '').replace(`"pageToken":"${PAGE_TOKEN}",`, '')) as Sample;
      await expectSuccess(plain);
      if (!JSON.stringify(example).includes(PAGE_TOKEN)) return;
      // A page token is what this server has given: as it stands it is refused, and nothing else is.
      const verbatim = await send(example);
      expect({ status: verbatim.status, error: verbatim.body.error }).toEqual({ status: 400, error: 'INVALID_PAGE_TOKEN' });
    });

    it('page tokens are those of the page before', async () => {
      for (let n = 0; n < 21; n++) await make('/tasks', { objective: `${n}`, assignedTo: { type: 'user', id: '123' } });
      const request = 'GET /tasks?status=pending&limit=20';
      const { nextPageToken, items } = await ok(send({ request }) as unknown as Promise<Answer<{ nextPageToken: string; items: unknown[] }>>);
      expect(items).toHaveLength(20);
      expect((await ok(send({ request: `${request}&pageToken=${nextPageToken}` }) as unknown as Promise<Answer<{ items: unknown[] }>>)).items).toHaveLength(1);
    });
  });

  describe('payloads', () => {
    /** What an operation's sample refers to, made; and what stands in place of its placeholders. undefined: left out. */
    const fillings: Record<string, () => Promise<{ body: unknown; ids?: Record<string, unknown> }>> = {
      StartAgentCall: async () => {
        await aNumber('vapi');
        const providerConfig = { model: { maxTokens: 50 }, voice: { speed: 0.7 } };
        return { body: { toPhoneNumber: '+525512345678', fromPhoneNumber: OURS, userId: await aUser(), maxDurationSeconds: 10, providerConfig } };
      },
      CreateTask: async () => ({ body: { context: { conversationId: await aConversation() } } }),
      UpdateTask: async () => {
        const id = await make('/tasks', { objective: 'x', assignedTo: { id: '1', type: 'user' } });
        // The sample has the times of every status at once: those of the one that it names are kept.
        return { body: { context: { conversationId: await aConversation() }, cancelledAt: undefined, cancellationReason: undefined }, ids: { id } };
      },
      LoadRecording: async () => ({
        body: { userId: await aUser(), url: 'https://example.com/recording.wav', callTo: '+525512345678', callFrom: OURS, callStartTime: '2019-08-24T14:15:22Z' },
      }),
      BulkCreate: async () => ({ body: { conversations: [{ ...(await inFunnel()), contactId: await aContact(), contact: await person() }] } }),
      BulkUpdate: async () => {
        const { userId, funnelStatusId, funnelId } = await inFunnel();
        const contactId = await aContact();
        const id = await make('/conversations', { funnelId, contactId });
        return { body: { conversations: [{ id, userId, funnelStatusId, contact: { ...(await person()), id: contactId } }] } };
      },
      Create: async () => ({ body: { ...(await inFunnel()), contactId: await aContact(), contact: await person() } }),
      CreateContact: async () => ({ body: await reachable() }),
      UpdateContact: async () => {
        const id = await aContact();
        return { body: { ...(await reachable()), id, tenantId: await ourTenant() }, ids: { id } };
      },
      SearchContacts: () => Promise.resolve({ body: { filters: [{ field: 'firstName' }], sort: [{ field: 'createdAt' }], size: 1, pageToken: undefined } }),
      // Of the two ways that these samples show at once the documents allow one at a time.
      CreateTemplateMessage: async () => ({ body: { ...(await between()), templateName: 'order_ok', languageCode: 'es_MX', components: undefined } }),
      CreateMessage: async () => {
        await ok(api.post('/messages/whatsapp/template', { ...(await between()), userId: undefined, templateName: 'order_ok', languageCode: 'es_MX' }));
        await answered();
        return { body: { ...(await between()), fileId: undefined } };
      },
      UploadMedia: async () => {
        await aNumber('whatsapp');
        return { body: { fromPhoneNumber: OURS, fileName: 'a.png', contentType: 'image/png', content: FILES.png.toString('base64'), fileId: undefined } };
      },
      CreateCustomFieldListOption: async () => {
        const definitionId = await aDefinition('LIST');
        return { body: { definitionId }, ids: { definitionId } };
      },
      UpdateCustomFieldListOption: async () => {
        const definitionId = await aDefinition('LIST');
        const id = await make(`/custom-fields/definitions/${definitionId}/options`, { value: 'string', label: 'x' });
        return { body: { id, definitionId, tenantId: await ourTenant() }, ids: { definitionId, optionId: id } };
      },
      CreateCustomFieldDefinition: () => Promise.resolve({ body: {} }),
      UpdateCustomFieldDefinition: async () => {
        const id = await aDefinition('STRING');
        return { body: { id, tenantId: await ourTenant() }, ids: { id } };
      },
      StartBridgeCall: () => Promise.resolve({ body: {} }),
      StartVoiceAgentCall: async () => {
        await aNumber('vapi');
        const id = await make('/voice-agents', { name: 'Sofía', provider: 'vapi', assistantId: 'assistant-1' });
        await sql('UPDATE voice_agents SET id = 123 WHERE id = $1', [id]);
        return { body: {} };
      },
      CreateCall: async () => {
        const { sessionId, conversationId } = await aSession();
        return { body: { userId: await aUser(), funnelConversationId: conversationId, sessionId, direction: 'outgoing', teamId: 1 } };
      },
    };

    const OURS = '+525555550100';
    const THEIRS = '+525512345678';
    const aNumber = (provider: string) => make('/phone-numbers', { number: OURS, provider, providerId: `${provider}-1` });
    const users: Promise<number>[] = [];
    beforeEach(() => void (users.length = 0));
    const aUser = (): Promise<number> => (users[0] ??= make('/users', { name: 'Ana' }));
    const aContact = () => make('/contacts', { firstName: 'Ana' });
    const aDefinition = (fieldType: string) => make('/custom-fields/definitions', { entityType: 'CONTACT', fieldKey: 'string', fieldLabel: 'x', fieldType });
    const inFunnel = async () => {
      const funnel = await ok(api.post<{ id: number; statuses: { id: number }[] }>('/funnels', { name: 'Sales', statuses: [{ name: 'New' }] }));
      return { userId: await aUser(), funnelId: funnel.id, funnelStatusId: funnel.statuses[0]?.id };
    };
    const aConversation = async () => make('/conversations', { funnelId: (await inFunnel()).funnelId, contact: { phones: [THEIRS] } });
    const aSession = async () => {
      const conversationId = await aConversation();
      const [session] = await sql<{ id: number }>('SELECT id FROM channel_sessions WHERE funnel_conversation_id = $1', [conversationId]);
      return { conversationId, sessionId: session?.id };
    };
    const person = async () => ({ phones: ['+56912345678'], emails: ['jane@example.com'], userId: await aUser() });
    const reachable = async () => ({ email: 'jane@example.com', phone: '+56912345678', userId: await aUser(), contactCompanyId: 1, addresses: [{ channelType: 'WHATSAPP', address: '+56912345678' }] });
    const ourTenant = async () => (await ok(api.get<{ items: { tenantId: string }[] }>('/api-keys'))).items[0]?.tenantId;
    const between = async () => {
      const known = (await ok(api.get<{ totalCount: number }>('/phone-numbers'))).totalCount > 0;
      if (!known) await aNumber('whatsapp');
      return { fromPhoneNumber: OURS, toPhoneNumber: THEIRS, userId: String(await aUser()) };
    };
    const answered = async (): Promise<void> => {
      for (const deadline = Date.now() + 30_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50))) {
        if ((await ok(api.get<{ totalCount: number }>('/messages', { filterBy: 'direction:inbound' }))).totalCount > 0) return;
      }
      throw new Error('The person has not answered.');
    };

    it.each(payloads.map((payload) => [payload.operation, payload]))('%s', async (operation, { request, body }) => {
      const { body: filling, ids = {} } = await (fillings[operation] as (typeof fillings)[string])();
      const at = request.replace(/\{(\w+)\}/g, (_, name: string) => String(ids[name]));
      // As it stands: what is wrong with it are placeholders, and nothing but those.
      const verbatim = await send({ request: at, body });
      const filled = pathsIn(filling);
      const { fields = [] } = verbatim.status === 400 ? verbatim.body.details : {};
      expect(fields.map(({ path }) => path).filter((path) => !filled.includes(path))).toEqual([]);
      expect(verbatim.status).toBeLessThan(500);

      if (filled.length === 0) return expect(verbatim.status).toBe(200);
      await expectSuccess({ request: at, body: overlaid(body, filling) as Json });
      if (!operation.startsWith('Bulk')) return;
      const [row] = await sql<{ report: { counts: object; itemsIssues: unknown } }>('SELECT report FROM operations ORDER BY id DESC LIMIT 1');
      expect(row?.report).toMatchObject({ counts: { successful: 1, errors: 0, total: 1 } });
    });
  });
});

/** The paths of all values inside, as errors name them. */
function pathsIn(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => pathsIn(one, `${path}[${at}]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, one]) => pathsIn(one, path ? `${path}.${key}` : key));
}

/** A sample with some of its values replaced, or left out where they are undefined. */
function overlaid(sample: unknown, filling: unknown): unknown {
  if (Array.isArray(sample) && Array.isArray(filling)) return typeof filling[0] === 'object' ? sample.map((one, at) => overlaid(one, filling[at])) : filling;
  if (typeof sample !== 'object' || sample === null || typeof filling !== 'object' || filling === null) return filling ?? sample;
  const result: Json = { ...(sample as Json) };
  for (const [key, value] of Object.entries(filling)) {
    if (value === undefined) delete result[key];
    else result[key] = overlaid(result[key], value);
  }
  return result;
}
