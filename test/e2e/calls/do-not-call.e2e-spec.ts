import type { DoNotCallEntryDto } from '../../../src/modules/calls/dto/do-not-call.dto';
import { type TestTenant, aClientWith, aTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

describe('the do-not-call list', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });
  const add = (body: object, of = tenant) => of.api.post<DoNotCallEntryDto>('/do-not-call', body);

  it('holds numbers in their normal form', async () => {
    const entry = await ok(add({ number: '55 1234 5678', reason: 'asked for it', source: 'call 12' }));
    expect(entry).toEqual({ id: expect.any(Number), tenantId: tenant.id, number: '+525512345678', reason: 'asked for it', source: 'call 12', createdAt: expect.any(String) });
    expect(await ok(tenant.api.get('/do-not-call'))).toEqual({ items: [entry], totalCount: 1 });
    expect(await ok(add({ number: '+1234567890' }))).toMatchObject({ number: '+1234567890', reason: null, source: null });
  });

  it('holds a number once: what is said anew of it counts, and all else stays', async () => {
    const entry = await ok(add({ number: '+525512345678', reason: 'asked for it', source: 'call 12' }));
    expect(await ok(add({ number: '5512345678', reason: 'asked again' }))).toEqual({ ...entry, reason: 'asked again' });
    const all = await Promise.all(Array.from({ length: 5 }, () => ok(add({ number: '+525587654321' }))));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await countRows('do_not_call_entries')).toBe(2);
  });

  it('refuses what is no number', async () => {
    await expectFaults(add({}), { number: 'REQUIRED_FIELD' });
    await expectFaults(add({ number: '12', reason: 5, source: 'x'.repeat(256) }), { number: 'INVALID_PHONE', reason: 'INVALID_TYPE', source: 'VALUE_TOO_LONG' });
    await expectFaults(add({ number: 'ana@example.com' }), { number: 'INVALID_PHONE' });
    await expectFaults(add({ number: 5512345678 }), { number: 'INVALID_TYPE' });
    expect(await countRows('do_not_call_entries')).toBe(0);
  });

  it('gives numbers free again', async () => {
    const entry = await ok(add({ number: '+525512345678' }));
    expect(await ok(tenant.api.delete(`/do-not-call/${entry.id}`))).toEqual(entry);
    await expectError(tenant.api.delete(`/do-not-call/${entry.id}`), 404, 'DO_NOT_CALL_ENTRY_NOT_FOUND');
    expect(await sql('SELECT 1 FROM do_not_call_entries')).toEqual([]);
  });

  it('is a list for each tenant, filtered and searched', async () => {
    const { mine, theirs } = await twoTenants(running.app);
    const entry = await ok(add({ number: '+525512345678', reason: 'Pidió no más llamadas' }, mine));
    await ok(add({ number: '+525512345678' }, theirs));
    await ok(add({ number: '+525587654321' }, mine));
    for (const query of [{ filterBy: 'number:+525512345678' }, { searchBy: 'pidio' }, { searchBy: '1234' }]) {
      expect(await ok(mine.api.get('/do-not-call', query))).toEqual({ items: [entry], totalCount: 1 });
    }
    await expectError(theirs.api.delete(`/do-not-call/${entry.id}`), 404, 'DO_NOT_CALL_ENTRY_NOT_FOUND');
  });

  it('needs its own scope', async () => {
    const reader = await aClientWith(running.app, tenant, ['do-not-call:read']);
    await ok(reader.get('/do-not-call'));
    await expectError(reader.post('/do-not-call', { number: '+525512345678' }), 403, 'MISSING_SCOPE');
  });
});
