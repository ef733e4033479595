import { DataSource } from 'typeorm';
import { CallReports } from '../../../src/modules/calls';
import { JobHandlers } from '../../../src/platform/queue/job-handlers';
import { Lease } from '../../../src/platform/queue/lease';
import type { TaskPageDto } from '../../../src/modules/tasks/dto/task.dto';
import { aContact } from '../../factories/contacts';
import { aClientWith } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { until } from '../../support/until';
import { type CallCentre, ended, numberEnding, startCall, useCallCentre } from '../calls/call-centre';
import { aFunnel } from '../conversations/desk';
import { OURS, sendTemplate, withStatus } from '../messages/messaging';

describe('automations', () => {
  const running = useCallCentre({ speed: 50 });
  let centre: CallCentre;
  let assignedTo: { id: string; type: string };
  beforeEach(async () => {
    centre = running.centre;
    const { id } = await ok(centre.api.post<{ id: number }>('/users', { name: 'Agent', email: 'agent@example.com' }));
    assignedTo = { id: String(id), type: 'user' };
    await ok(centre.api.post('/phone-numbers', { number: OURS, provider: 'whatsapp', providerId: '106540352242922' }));
  });

  const turnOn = (trigger: string, more: Record<string, unknown> = {}) => ok(centre.api.put(`/automations/${trigger}`, { enabled: true, assignedTo, ...more }));
  const tasks = async () => (await ok(centre.api.get<TaskPageDto>('/tasks'))).items;
  const noJobs = () => until(async () => (await countRows('outbox')) === 0);
  /** Once all is over that a call or a message brings about. */
  const after = async (call: { id: number }) => {
    const done = await ended(centre, call.id);
    await noJobs();
    return done;
  };

  it('that several set at once are as each of them said', async () => {
    for (let round = 0; round < 20; round++) {
      const changes = [{ enabled: true, assignedTo }, { dueInMinutes: 5 + round }, { objective: `Objective ${round}` }];
      await Promise.all(changes.map((change) => ok(centre.api.put('/automations/call.unanswered', change))));
      expect(await ok(centre.api.get('/automations/call.unanswered'))).toMatchObject(Object.assign({}, ...changes));
      await sql('DELETE FROM automations');
    }
  });

  it('do nothing until somebody turns them on', async () => {
    expect(await ok(centre.api.get('/automations'))).toEqual({
      items: [
        { trigger: 'call.unanswered', enabled: false, assignedTo: null, dueInMinutes: 1440, objective: 'Call {name} back at {address}: {reason}', updatedAt: null },
        { trigger: 'message.undelivered', enabled: false, assignedTo: null, dueInMinutes: 1440, objective: 'Reach {name} at {address} in another way: {reason}', updatedAt: null },
      ],
      totalCount: 2,
    });
    await after(await startCall(centre, numberEnding('0001')));
    const { id } = await sendTemplate(centre, numberEnding('0010'));
    await withStatus(centre, id, 'failed');
    await noJobs();
    expect(await tasks()).toEqual([]);
  });

  it.each([
    ['0001', 'The line was busy'],
    ['0002', 'nobody answered'],
    ['0003', 'A machine answered'],
  ])('open a task for a call to a number ending in %s, which ends without answer', async (ending, reason) => {
    await turnOn('call.unanswered', { dueInMinutes: 60 });
    const to = numberEnding(ending);
    const contact = await aContact(centre.api, { firstName: 'Ana', lastName: 'Pérez', phone: to });
    const funnel = await aFunnel(centre.api);
    const conversation = await ok(centre.api.post<{ id: number }>('/conversations', { funnelId: funnel.id, contactId: contact.id }));
    await after(await startCall(centre, to));
    const [task, ...more] = await tasks();
    expect(more).toEqual([]);
    expect(task).toMatchObject({ status: 'scheduled', assignedTo, createdBy: { id: 'automation', type: 'ai_employee' }, context: { conversationId: conversation.id } });
    expect(task?.objective).toMatch(new RegExp(`^Call Ana Pérez back at \\${to}: .*${reason}`));
    expect(Math.abs(Date.parse(String(task?.dueDate)) - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });

  it('open none for a call that was answered, canceled, or never could be made', async () => {
    await turnOn('call.unanswered');
    for (const ending of ['7777', '0009']) await ended(centre, (await startCall(centre, numberEnding(ending))).id);
    const call = await startCall(centre, numberEnding('0299'));
    await ok(centre.api.post(`/calls/${call.id}/cancel`));
    await after(call);
    expect(await tasks()).toEqual([]);
  });

  it('open one at a time for each person, and the next once that is done', async () => {
    await turnOn('call.unanswered', { objective: 'Again: {name}' });
    const to = numberEnding('0002');
    await after(await startCall(centre, to));
    await after(await startCall(centre, to));
    const [task, ...more] = await tasks();
    expect([task?.objective, more]).toEqual(['Again: somebody', []]);
    await after(await startCall(centre, numberEnding('0002')));
    expect(await tasks()).toHaveLength(2);
    await ok(centre.api.put(`/tasks/${task?.id}`, { status: 'completed' }));
    await after(await startCall(centre, to));
    expect(await tasks()).toHaveLength(3);
    expect(await ok(centre.api.put(`/tasks/${task?.id}`, { status: 'scheduled' }))).toMatchObject({ status: 'scheduled' });
  });

  it('open one for each call, however often its job runs and its end is told', async () => {
    await turnOn('call.unanswered');
    const call = await after(await startCall(centre, numberEnding('0001')));
    const handler = running.app.nest.get(JobHandlers).of('call.ended:follow-up');
    await ok(centre.api.put(`/tasks/${(await tasks())[0]?.id}`, { status: 'completed' }));
    await Promise.all([1, 2, 3].map(async (attempt) => handler?.({ callId: call.id }, { tenantId: Number(centre.id), attempt, lease: Lease.FOREVER })));
    await running.app.nest.get(DataSource).transaction(async (em) => {
      const reports = running.app.nest.get(CallReports);
      await reports.end(em, (await reports.lockCall(em, Number(centre.id), call.id)) as NonNullable<Awaited<ReturnType<CallReports['lockCall']>>>, 'no-answer');
    });
    await noJobs();
    expect(await tasks()).toHaveLength(1);
  });

  it('open a task for a message that fails, at once or by webhook, and none for one that is delivered after all', async () => {
    await turnOn('message.undelivered', { objective: '{name} / {address} / {reason}' });
    const [refused, later, delivered] = [numberEnding('0009'), numberEnding('0010'), numberEnding('7777')];
    for (const to of [refused, later]) await withStatus(centre, (await sendTemplate(centre, to)).id, 'failed');
    const { id } = await withStatus(centre, (await sendTemplate(centre, delivered)).id, 'read');
    await noJobs();
    await running.app.nest.get(JobHandlers).of('message.failed:follow-up')?.({ messageId: id }, { tenantId: Number(centre.id), attempt: 1, lease: Lease.FOREVER });
    expect((await tasks()).map(({ objective }) => objective.split(' / ').slice(0, 2)).sort()).toEqual([refused, later].sort().map((to) => ['somebody', to]));
  });

  it('say what is wrong, and keep what was set', async () => {
    const put = (body: unknown, trigger = 'call.unanswered') => centre.api.put(`/automations/${trigger}`, body);
    await expectFaults(put({ enabled: true }), { assignedTo: 'REQUIRED_FIELD' });
    await expectFaults(put({ enabled: 'yes', dueInMinutes: 0, objective: '', assignedTo: { id: '', type: 'robot' } }), {
      enabled: 'INVALID_TYPE',
      dueInMinutes: 'INVALID_VALUE',
      objective: 'INVALID_VALUE',
      'assignedTo.id': 'INVALID_VALUE',
      'assignedTo.type': 'INVALID_VALUE',
    });
    await expectFaults(put({ assignedTo: { id: '999', type: 'user' } }), { 'assignedTo.id': 'INVALID_VALUE' });
    await expectError(put({}, 'call.begun'), 404, 'AUTOMATION_NOT_FOUND');
    await expectError(centre.api.get('/automations/toString'), 404, 'AUTOMATION_NOT_FOUND');
    await expectError((await aClientWith(running.app, centre, ['automations:read'])).put('/automations/call.unanswered', {}), 403, 'MISSING_SCOPE');
    expect(await countRows('automations')).toBe(0);
    await turnOn('call.unanswered', { dueInMinutes: 5, objective: 'Mine' });
    expect(await ok(put({ enabled: false }))).toMatchObject({ enabled: false, assignedTo, dueInMinutes: 5, objective: 'Mine' });
    expect(await ok(put({ objective: null, dueInMinutes: null }))).toMatchObject({ enabled: false, dueInMinutes: 5, objective: 'Call {name} back at {address}: {reason}' });
    expect(await sql('SELECT trigger, enabled FROM automations')).toEqual([{ trigger: 'call.unanswered', enabled: false }]);
  });
});
