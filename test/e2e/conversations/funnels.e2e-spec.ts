import type { FunnelDto, FunnelPageDto } from '../../../src/modules/conversations/dto/funnel.dto';
import { aTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { type Desk, aConversation, aFunnel, useDesk } from './desk';

describe('funnels', () => {
  const running = useDesk();
  let desk: Desk;
  beforeEach(() => {
    desk = running.desk;
  });
  const rowsOf = (funnelId: number) => sql('SELECT id, name, position FROM funnel_statuses WHERE funnel_id = $1 ORDER BY position', [funnelId]);

  it('are created with their statuses in order', async () => {
    const funnel = await ok(desk.api.post<FunnelDto>('/funnels', { name: 'Cobranza', statuses: [{ name: 'Nuevo' }, { name: 'Pagó' }] }));
    expect(funnel).toEqual({
      id: expect.any(Number),
      tenantId: desk.id,
      name: 'Cobranza',
      statuses: [
        { id: expect.any(Number), name: 'Nuevo', position: 0 },
        { id: expect.any(Number), name: 'Pagó', position: 1 },
      ],
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await ok(desk.api.get(`/funnels/${funnel.id}`))).toEqual(funnel);
    expect(await rowsOf(funnel.id)).toEqual(funnel.statuses);
  });

  it('may have no statuses, and then neither have their conversations', async () => {
    const funnel = await ok(desk.api.post<FunnelDto>('/funnels', { name: 'Plain' }));
    expect(funnel.statuses).toEqual([]);
    expect(await aConversation(desk, { funnelId: funnel.id })).toMatchObject({ funnelStatusId: null });
  });

  it('are refused with everything that is wrong', async () => {
    await expectFaults(desk.api.post('/funnels', {}), { name: 'REQUIRED_FIELD' });
    await expectFaults(desk.api.post('/funnels', { name: '', statuses: [{ name: 5 }, {}, 'x'] }), {
      name: 'REQUIRED_FIELD',
      'statuses[0].name': 'INVALID_TYPE',
      'statuses[1].name': 'REQUIRED_FIELD',
      'statuses[2]': 'INVALID_TYPE',
    });
    await expectFaults(desk.api.post('/funnels', { name: 'x'.repeat(256), statuses: 'New' }), { name: 'VALUE_TOO_LONG', statuses: 'INVALID_TYPE' });
    expect(await countRows('funnels')).toBe(1);
  });

  it('keep, rename, add, reorder and drop statuses by the list that is sent', async () => {
    const [first, , last] = desk.funnel.statuses;
    const changed = await ok(
      desk.api.put<FunnelDto>(`/funnels/${desk.funnel.id}`, { statuses: [{ id: last?.id, name: 'Gone' }, { name: 'Called' }, { id: first?.id, name: 'New' }] }),
    );
    expect(changed.name).toBe('Sales');
    expect(changed.statuses).toEqual([
      { id: last?.id, name: 'Gone', position: 0 },
      { id: expect.any(Number), name: 'Called', position: 1 },
      { id: first?.id, name: 'New', position: 2 },
    ]);
    expect(await rowsOf(desk.funnel.id)).toEqual(changed.statuses);
    expect(await aConversation(desk)).toMatchObject({ funnelStatusId: last?.id });
  });

  it('keep their statuses where only the name is sent, and may be sent back as they were read', async () => {
    expect(await ok(desk.api.put(`/funnels/${desk.funnel.id}`, { name: 'Ventas' }))).toMatchObject({ name: 'Ventas', statuses: desk.funnel.statuses });
    expect(await ok(desk.api.put(`/funnels/${desk.funnel.id}`, { ...desk.funnel }))).toMatchObject({ name: 'Sales', statuses: desk.funnel.statuses });
  });

  it('refuse to drop a status in use, and another funnel’s status, and then change nothing', async () => {
    const other = await aFunnel(desk.api, 'Other');
    await aConversation(desk);
    const [, ...unused] = desk.funnel.statuses;
    await expectError(desk.api.put(`/funnels/${desk.funnel.id}`, { name: 'x', statuses: unused }), 409, 'FUNNEL_STATUS_IN_USE');
    await expectFaults(desk.api.put(`/funnels/${desk.funnel.id}`, { name: 'x', statuses: other.statuses }), {
      'statuses[0].id': 'STATUS_NOT_IN_FUNNEL',
      'statuses[1].id': 'STATUS_NOT_IN_FUNNEL',
      'statuses[2].id': 'STATUS_NOT_IN_FUNNEL',
    });
    expect(await ok(desk.api.get(`/funnels/${desk.funnel.id}`))).toEqual(desk.funnel);
  });

  it('are listed, searched and paged, each with its own statuses', async () => {
    for (const name of ['Ventas', 'Cobranza', 'Ventas México']) await aFunnel(desk.api, name, [`of ${name}`]);
    const found = await ok(desk.api.get<FunnelPageDto>('/funnels', { searchBy: 'MEXICO' }));
    expect(found).toMatchObject({ totalCount: 1, items: [{ name: 'Ventas México', statuses: [{ name: 'of Ventas México', position: 0 }] }] });
    const names: string[] = [];
    for (let pageToken: string | undefined, more = true; more;) {
      const page = await ok(desk.api.get<FunnelPageDto>('/funnels', { sortBy: 'name=asc', pageSize: 3, pageToken }));
      expect(page.totalCount).toBe(4);
      names.push(...page.items.map(({ name }) => name));
      pageToken = page.nextPageToken ?? undefined;
      more = pageToken !== undefined;
    }
    expect(names).toEqual(['Cobranza', 'Sales', 'Ventas', 'Ventas México']);
  });

  it('of another tenant are not there', async () => {
    const { theirs } = await twoTenants(running.app);
    await expectError(theirs.api.get(`/funnels/${desk.funnel.id}`), 404, 'FUNNEL_NOT_FOUND');
    await expectError(theirs.api.put(`/funnels/${desk.funnel.id}`, { name: 'mine' }), 404, 'FUNNEL_NOT_FOUND');
    expect(await ok((await aTenant(running.app)).api.get('/funnels'))).toMatchObject({ totalCount: 0 });
    expect(await ok(desk.api.get(`/funnels/${desk.funnel.id}`))).toEqual(desk.funnel);
  });
});
