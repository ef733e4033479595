import type { ApiClient, ErrorBody } from '../../support/api-client';
import { aContact } from '../../factories/contacts';
import { aTenant } from '../../factories/tenants';
import { expectError, ok } from '../../support/answers';
import { useTestApp } from '../../support/test-app';

/** Fields that have a fixed set of values, by list. */
const CHOICES: Record<string, Record<string, string>> = {
  '/api-keys': { mode: 'live' },
  '/calls': { direction: 'outgoing', disposition: 'answered' },
  '/contacts': { 'addresses.channelType': 'EMAIL' },
  '/conversations': {},
  '/custom-fields/definitions': { entityType: 'CONTACT', fieldType: 'LIST' },
  '/do-not-call': {},
  '/files': { state: 'ready' },
  '/funnels': {},
  '/imports': { kind: 'contacts', status: 'completed' },
  '/messages': { direction: 'inbound', status: 'read', type: 'text' },
  '/messaging-conversations': {},
  '/phone-numbers': { provider: 'vapi' },
  '/recordings': { state: 'ready' },
  '/tasks': { status: 'completed', assignedToType: 'user', createdByType: 'user' },
  '/users': {},
  '/voice-agents': { provider: 'vapi', channel: 'call' },
};
const LISTS = Object.keys(CHOICES);
const EVERY_CHOICE = Object.entries(CHOICES).flatMap(([path, fields]) => Object.entries(fields).map(([field, good]): [string, string, string] => [path, field, good]));

describe('filterBy and sortBy', () => {
  const running = useTestApp();
  let api: ApiClient;
  beforeEach(async () => {
    ({ api } = await aTenant(running.app));
  });

  const refusal = async (path: string, query: Record<string, string>): Promise<string> => {
    const { fields = [] } = await expectError(api.get(path, query), 400, 'VALIDATION_FAILED');
    expect(fields).toHaveLength(1);
    return `${fields[0]?.path} ${fields[0]?.code}`;
  };

  it.each(LISTS)('of %s take nothing, and one separator at the end', async (path) => {
    for (const query of [{}, { filterBy: '' }, { filterBy: 'createdAt:2026-01-01;' }, { filterBy: ';;createdAt:2026-01-01' }, { sortBy: 'createdAt=desc;' }, { sortBy: 'createdAt=asc;;' }]) await ok(api.get<unknown>(path, query as Record<string, string>));
  });

  it.each(LISTS)('of %s refuse clauses that say nothing', async (path) => {
    for (const filterBy of [';', ';;', ' ; ; ', 'createdAt', ':1', 'createdAt:2026-01-01;nothing']) {
      expect(`${filterBy} ${await refusal(path, { filterBy })}`).toBe(`${filterBy} filterBy INVALID_FORMAT`);
    }
    expect(await refusal(path, { filterBy: 'nothing:1' })).toBe('filterBy UNKNOWN_FIELD');
    expect(await refusal(path, { filterBy: 'createdAt:2026-01-01;nothing:1' })).toBe('filterBy UNKNOWN_FIELD');
    for (const sortBy of [';;', 'nothing', 'createdAt;nothing']) expect(`${sortBy} ${await refusal(path, { sortBy })}`).toBe(`${sortBy} sortBy UNKNOWN_FIELD`);
    for (const sortBy of ['createdAt=', 'createdAt=up', 'createdAt=asc=desc', 'createdAt=asc;createdAt=up']) expect(`${sortBy} ${await refusal(path, { sortBy })}`).toBe(`${sortBy} sortBy INVALID_VALUE`);
  });

  it.each(EVERY_CHOICE)('of %s by %s take %s in any case, and name what is none', async (path, field, good) => {
    for (const value of [good, good.toUpperCase(), ` ${good.toLowerCase()} `]) await ok(api.get(path, { filterBy: `${field}:${value}` }));
    for (const value of ['nonsense', `${good},nonsense`, `nonsense,${good}`, `${good},`]) expect(`${value} ${await refusal(path, { filterBy: `${field}:${value}` })}`).toBe(`${value} filterBy INVALID_VALUE`);
    const answer = await api.get<ErrorBody>(path, { filterBy: `${field}:${good},one,two` });
    expect(answer.body.details.fields?.[0]?.message).toContain('"one", "two" are none of ');
  });

  it('compare numbers, dates and truths with nothing else', async () => {
    const wrong: [string, string][] = [
      ['/contacts', 'userId:1,x'],
      ['/contacts', 'userId:'],
      ['/contacts', 'createdAt:2026-01-01,yesterday'],
      ['/conversations', 'archived:true,perhaps'],
      ['/conversations', 'funnelId:x'],
      ['/calls', 'contactId:1,'],
      ['/phone-numbers', 'isDefault:1'],
    ];
    for (const [path, filterBy] of wrong) expect(`${filterBy} ${await refusal(path, { filterBy })}`).toBe(`${filterBy} filterBy INVALID_VALUE`);
  });

  it('know further words for some values', async () => {
    const task = await ok(api.post<{ id: string }>('/tasks', { objective: 'Call', assignedTo: { id: '1', type: 'user' }, dueDate: '2020-01-01T00:00:00Z' }));
    for (const query of [{ filterBy: 'status:pending' }, { filterBy: 'status:completed,pending' }, { status: 'pending' }]) {
      expect((await ok(api.get<{ items: { id: string }[] }>('/tasks', query))).items.map(({ id }) => id)).toEqual([task.id]);
    }
    expect((await ok(api.get<{ items: unknown[] }>('/tasks', { filterBy: 'status:completed' }))).items).toEqual([]);
    const call = await ok(api.post<{ id: number }>('/calls', { status: 'completed', userId: null, from: '+525512345678', to: '+525555550199', duration: 1, direction: 'inbound', startTime: '2026-01-02T03:04:05Z', providerName: 'pbx', providerId: '7' }));
    expect((await ok(api.get<{ items: { id: number }[] }>('/calls', { filterBy: 'direction:inbound' }))).items.map(({ id }) => id)).toEqual([call.id]);
    expect((await ok(api.get<{ items: unknown[] }>('/calls', { filterBy: 'direction:outbound' }))).items).toEqual([]);
  });

  it('of lists below a resource, too', async () => {
    const { id } = await aContact(api);
    const { id: fieldId } = await ok(api.post<{ id: number }>('/custom-fields/definitions', { entityType: 'CONTACT', fieldKey: 'color', fieldLabel: 'Color', fieldType: 'LIST' }));
    for (const path of [`/contacts/${id}/activity`, `/contacts/${id}/notes`, `/custom-fields/definitions/${fieldId}/options`]) {
      expect(await refusal(path, { filterBy: ';;' })).toBe('filterBy INVALID_FORMAT');
      expect(await refusal(path, { filterBy: 'id:x' })).toBe('filterBy INVALID_VALUE');
    }
  });
});
