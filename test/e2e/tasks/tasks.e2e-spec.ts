import type { TaskDto } from '../../../src/modules/tasks/dto/task.dto';
import { type TestTenant, aClientWith, aTenant, twoTenants } from '../../factories/tenants';
import { aUser } from '../../factories/users';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

type Task = Omit<TaskDto, 'dueDate' | 'createdAt'> & { dueDate: string | null; createdAt: string };
interface Page {
  items: Task[];
  nextPageToken?: string;
  totalCount: number;
}

const ASSIGNED = { id: '123', type: 'user' };
const DAY = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();

describe('tasks', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });
  const create = (more: Record<string, unknown> = {}) => tenant.api.post<Task>('/tasks', { objective: 'Call back', assignedTo: ASSIGNED, ...more });
  const list = async (query: Record<string, string | number> = {}): Promise<Page> => ok(tenant.api.get<Page>('/tasks', query));
  const objectives = async (query: Record<string, string | number> = {}): Promise<string[]> => (await list(query)).items.map(({ objective }) => objective);

  it("take the documents' own examples as they stand", async () => {
    const task = await ok(
      tenant.api.post<Task>('/tasks', { title: 'Follow up with client', objective: 'Send proposal to client', dueDate: '2024-02-15T10:00:00Z', assignedTo: { type: 'user', id: '123' } }),
    );
    expect(task).toEqual({
      id: expect.stringMatching(/^task_/),
      tenantId: tenant.id,
      context: {},
      objective: 'Send proposal to client',
      createdBy: { id: expect.any(String), type: 'ai_employee' },
      assignedTo: { type: 'user', id: '123' },
      publishedAt: null,
      dueDate: '2024-02-15T10:00:00.000Z',
      completedAt: null,
      cancelledAt: null,
      cancellationReason: null,
      status: 'overdue',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await ok(tenant.api.put<Task>(`/tasks/${task.id}`, { status: 'completed', objective: 'Updated task objective' }))).toMatchObject({ status: 'completed', objective: 'Updated task objective', completedAt: expect.any(String) });
    expect((await list({ status: 'pending', limit: 20 })).totalCount).toBe(0);
    await expectError(tenant.api.get('/tasks', { status: 'pending', limit: 20, pageToken: 'Xde34567890' }), 400, 'INVALID_PAGE_TOKEN');
    await expectError(tenant.api.put('/tasks/task_123', { status: 'completed' }), 404, 'TASK_NOT_FOUND');
  });

  it('are made by whoever asks', async () => {
    const user = await aUser(tenant.api);
    const { key } = await ok(tenant.api.post<{ key: string }>('/api-keys', { name: 'x', userId: user.id, scopes: ['tasks:write'] }));
    expect(await ok(running.app.client(key).post<Task>('/tasks', { objective: 'x', assignedTo: ASSIGNED }))).toMatchObject({ createdBy: { id: String(user.id), type: 'user' } });
    const createdBy = { id: 'bot-1', type: 'ai_employee' };
    expect(await ok(create({ createdBy }))).toMatchObject({ createdBy });
  });

  it('come in the order in which they are due, the others last, over all pages, whatever is added meanwhile', async () => {
    for (const [objective, dueDate] of [['c', null], ['b', inDays(2)], ['a', inDays(1)], ['d', null], ['z', inDays(3)]] as const) await ok(create({ objective, dueDate }));
    expect(await objectives()).toEqual(['a', 'b', 'z', 'c', 'd']);
    const seen: string[] = [];
    let pageToken: string | undefined;
    do {
      const page: Page = await list({ limit: 2, ...(pageToken && { pageToken }) });
      seen.push(...page.items.map(({ objective }) => objective));
      pageToken = page.nextPageToken;
      await ok(create({ objective: 'early', dueDate: inDays(0.5) }));
      expect(page.totalCount).toBeGreaterThanOrEqual(5);
    } while (pageToken);
    expect(seen).toEqual(['a', 'b', 'z', 'c', 'd']);
    expect((await objectives({ sortBy: 'dueDate=desc' })).slice(0, 3)).toEqual(['d', 'c', 'z']);
  });

  it('are filtered by all that the documents name', async () => {
    const funnel = await ok(tenant.api.post<{ id: number }>('/funnels', { name: 'Sales', statuses: [{ name: 'New' }] }));
    const conversation = await ok(tenant.api.post<{ id: number }>('/conversations', { funnelId: funnel.id, contact: { phones: ['+525512345678'] } }));
    await ok(create({ objective: 'late', dueDate: inDays(-1) }));
    await ok(create({ objective: 'soon', dueDate: inDays(1), context: { conversationId: conversation.id } }));
    await ok(create({ objective: 'done', dueDate: inDays(-2), status: 'completed' }));
    await ok(create({ objective: 'off', status: 'cancelled', assignedTo: { id: 'bot', type: 'ai_employee' } }));
    expect(await objectives({ status: 'overdue' })).toEqual(['late']);
    expect(await objectives({ status: 'scheduled' })).toEqual(['soon']);
    expect(await objectives({ status: 'pending' })).toEqual(['late', 'soon']);
    expect(await objectives({ status: 'completed' })).toEqual(['done']);
    expect(await objectives({ status: 'cancelled' })).toEqual(['off']);
    expect(await objectives({ dueBefore: inDays(0) })).toEqual(['done', 'late']);
    expect(await objectives({ dueAfter: inDays(-1.5) })).toEqual(['late', 'soon']);
    expect(await objectives({ conversationId: conversation.id })).toEqual(['soon']);
    expect(await objectives({ assignedToType: 'ai_employee' })).toEqual(['off']);
    expect(await objectives({ assignedToId: '123', status: 'pending' })).toEqual(['late', 'soon']);
    expect(await objectives({ searchBy: 'SOO' })).toEqual(['soon']);
    expect(await objectives({ filterBy: 'status:overdue,completed' })).toEqual(['done', 'late']);
  });

  it('have the times of their status, and no others', async () => {
    const { id } = await ok(create({ dueDate: inDays(1) }));
    const update = (body: object) => ok(tenant.api.put<Task>(`/tasks/${id}`, body));
    expect(await update({ status: 'completed' })).toMatchObject({ status: 'completed', completedAt: expect.any(String), cancelledAt: null });
    const { completedAt } = await update({ status: 'completed', objective: 'again' });
    expect(await update({ objective: 'still' })).toMatchObject({ completedAt });
    expect(await update({ status: 'cancelled', cancellationReason: 'not needed' })).toMatchObject({ completedAt: null, cancelledAt: expect.any(String), cancellationReason: 'not needed' });
    expect(await update({ status: 'scheduled' })).toMatchObject({ status: 'scheduled', completedAt: null, cancelledAt: null, cancellationReason: null });
    expect(await update({ status: 'completed', completedAt: '2026-01-01T00:00:00Z' })).toMatchObject({ completedAt: '2026-01-01T00:00:00.000Z' });
    expect(await update({ publishedAt: '2026-01-01T00:00:00Z', dueDate: null, status: 'scheduled' })).toMatchObject({ publishedAt: '2026-01-01T00:00:00.000Z', dueDate: null, status: 'scheduled' });
    await sql(`UPDATE tasks SET due_date = now() - interval '1 ms'`);
    expect(await ok(tenant.api.get(`/tasks/${id}`))).toMatchObject({ status: 'overdue' });
  });

  it('may be sent back as they were read, but for what only time can say', async () => {
    const task = await ok(create({ dueDate: inDays(1) }));
    expect(await ok(tenant.api.put(`/tasks/${task.id}`, task))).toMatchObject({ ...task, updatedAt: expect.any(String) });
    await expectFaults(tenant.api.put(`/tasks/${task.id}`, { ...task, id: 'task_other' }), { id: 'INVALID_VALUE' });
    await expectError(tenant.api.put(`/tasks/${task.id}`, { ...task, tenantId: '999' }), 403, 'OTHER_TENANT');
  });

  it.each<[Record<string, unknown>, Record<string, string>]>([
    [{ objective: undefined }, { objective: 'REQUIRED_FIELD' }],
    [{ objective: '' }, { objective: 'INVALID_VALUE' }],
    [{ objective: 5, assignedTo: undefined }, { objective: 'INVALID_TYPE', assignedTo: 'REQUIRED_FIELD' }],
    [{ assignedTo: null }, { assignedTo: 'REQUIRED_FIELD' }],
    [{ assignedTo: { id: '1', type: 'robot' } }, { 'assignedTo.type': 'INVALID_VALUE' }],
    [{ assignedTo: { type: 'user' } }, { 'assignedTo.id': 'REQUIRED_FIELD' }],
    [{ assignedTo: 'Ana' }, { assignedTo: 'INVALID_TYPE' }],
    [{ status: 'overdue' }, { status: 'INVALID_VALUE' }],
    [{ status: 'pending' }, { status: 'INVALID_VALUE' }],
    [{ dueDate: 'tomorrow' }, { dueDate: 'INVALID_DATE' }],
    [{ context: { conversationId: 'x' } }, { 'context.conversationId': 'INVALID_TYPE' }],
  ])('cannot be made of %j', async (more, faults) => {
    await expectFaults(create(more), faults);
    expect(await countRows('tasks')).toBe(0);
  });

  it('cannot be changed into what makes no sense', async () => {
    const { id } = await ok(create());
    const update = (body: object) => tenant.api.put(`/tasks/${id}`, body);
    await expectFaults(update({ cancellationReason: 'x' }), { cancellationReason: 'INVALID_VALUE' });
    await expectFaults(update({ status: 'completed', cancelledAt: inDays(0), cancellationReason: 'x' }), { cancelledAt: 'INVALID_VALUE', cancellationReason: 'INVALID_VALUE' });
    await expectFaults(update({ objective: 'x'.repeat(5001) }), { objective: 'VALUE_TOO_LONG' });
    await expectFaults(update({ completedAt: inDays(0) }), { completedAt: 'INVALID_VALUE' });
    await expectFaults(update({ status: 'overdue' }), { status: 'INVALID_VALUE' });
    await expectError(update({ context: { conversationId: 999 } }), 404, 'CONVERSATION_NOT_FOUND');
    await expectError(create({ context: { conversationId: 999 } }), 404, 'CONVERSATION_NOT_FOUND');
    for (const query of [{ status: 'done' }, { limit: 0 }, { dueBefore: 'x' }, { conversationId: 'x' }, { assignedToType: 'x' }]) await expectFaults(tenant.api.get('/tasks', query), { [Object.keys(query)[0] as string]: expect.any(String) as string });
  });

  it('are deleted for good, and answered with as they were', async () => {
    const task = await ok(create());
    expect(await ok(tenant.api.delete(`/tasks/${task.id}`))).toEqual(task);
    await expectError(tenant.api.get(`/tasks/${task.id}`), 404, 'TASK_NOT_FOUND');
    await expectError(tenant.api.delete(`/tasks/${task.id}`), 404, 'TASK_NOT_FOUND');
  });

  it('are nobody else’s, and need the scope', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const { id } = await ok(mine.api.post<Task>('/tasks', { objective: 'x', assignedTo: ASSIGNED }));
    for (const answer of [theirs.api.get(`/tasks/${id}`), theirs.api.put(`/tasks/${id}`, { status: 'completed' }), theirs.api.delete(`/tasks/${id}`)]) await expectError(answer, 404, 'TASK_NOT_FOUND');
    expect((await ok(theirs.api.get<Page>('/tasks'))).totalCount).toBe(0);
    await expectError((await aClientWith(running.app, mine, ['tasks:read'])).post('/tasks', { objective: 'x', assignedTo: ASSIGNED }), 403, 'MISSING_SCOPE');
  });
});
