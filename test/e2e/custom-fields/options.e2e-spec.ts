import type { CustomFieldListOptionDto, CustomFieldListOptionPageDto } from '../../../src/modules/custom-fields/dto/custom-field-option.dto';
import { aContact } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { type TestTenant, aTenant } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import type { ApiClient } from '../../support/api-client';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';

const LATER = expect.any(String) as string;

describe('custom field list options', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let api: ApiClient;
  let definitionId: number;
  let path: string;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    api = tenant.api;
    definitionId = (await aCustomField(api, { fieldKey: 'plan', fieldType: 'LIST' })).id;
    path = `/custom-fields/definitions/${definitionId}/options`;
  });

  const create = (body: object) => api.post<CustomFieldListOptionDto>(path, body);

  it('are created as the documents say, the definition named in the body or not', async () => {
    const option = await ok(create({ definitionId, value: 'gold', label: 'Oro', description: 'The best' }));
    expect(option).toEqual({
      id: expect.any(Number),
      tenantId: tenant.id,
      definitionId,
      value: 'gold',
      label: 'Oro',
      description: 'The best',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await ok(api.get(`${path}/${option.id}`))).toEqual(option);
    expect(await ok(create({ value: 'silver' }))).toMatchObject({ label: null, description: null });
    expect(await sql('SELECT value, label FROM custom_field_options ORDER BY id')).toEqual([
      { value: 'gold', label: 'Oro' },
      { value: 'silver', label: null },
    ]);
  });

  it('are refused with what is wrong', async () => {
    await expectFaults(create({}), { value: 'REQUIRED_FIELD' });
    await expectFaults(create({ value: '' }), { value: 'REQUIRED_FIELD' });
    await expectFaults(create({ value: 5, label: 5, description: [] }), { value: 'INVALID_TYPE', label: 'INVALID_TYPE', description: 'INVALID_TYPE' });
    await expectFaults(create({ value: 'x'.repeat(256) }), { value: 'VALUE_TOO_LONG' });
    await expectFaults(create({ definitionId: 0.1, value: 'x' }), { definitionId: 'INVALID_TYPE' });
    await expectFaults(create({ definitionId: definitionId + 1, value: 'x' }), { definitionId: 'INVALID_VALUE' });
    expect(await countRows('custom_field_options')).toBe(0);
  });

  it.each(['STRING', 'NUMBER', 'DATE', 'BOOLEAN', 'FILE'] as const)('are not for a %s', async (fieldType) => {
    const { id } = await aCustomField(api, { fieldType });
    await expectError(api.post(`/custom-fields/definitions/${id}/options`, { value: 'x' }), 400, 'NOT_A_LIST_FIELD');
  });

  it('have a value of their own in their definition, by 10 at once, too', async () => {
    const statuses = (await Promise.all(Array.from({ length: 10 }, () => create({ value: 'gold' })))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, ...Array<number>(9).fill(409)]);
    expect(await expectError(create({ value: 'gold' }), 409, 'OPTION_VALUE_TAKEN')).toMatchObject({ value: 'gold' });
    const silver = await ok(create({ value: 'silver' }));
    await expectError(api.put(`${path}/${silver.id}`, { value: 'gold' }), 409, 'OPTION_VALUE_TAKEN');
    await aCustomField(api, { options: ['gold'] });
  });

  it('change their label freely, and their value only while nobody holds it', async () => {
    const option = await ok(create({ value: 'gold' }));
    const put = (body: object) => api.put<CustomFieldListOptionDto>(`${path}/${option.id}`, body);
    expect(await ok(put(option))).toEqual({ ...option, updatedAt: LATER });
    expect(await ok(put({ value: 'Gold' }))).toMatchObject({ value: 'Gold' });
    await aContact(api, { customFields: { plan: 'Gold' } });
    expect(await expectError(put({ value: 'gold', label: 'Oro' }), 409, 'OPTION_IN_USE')).toMatchObject({ count: 1 });
    expect(await ok(put({ value: 'Gold', label: 'Oro', description: 'x' }))).toMatchObject({ value: 'Gold', label: 'Oro', description: 'x' });
    expect(await ok(put({ label: null }))).toMatchObject({ label: null, description: 'x' });
    await expectFaults(put({ value: '' }), { value: 'REQUIRED_FIELD' });
    await expectFaults(put({ id: option.id + 1 }), { id: 'INVALID_VALUE' });
    await expectFaults(put({ definitionId: definitionId + 1 }), { definitionId: 'INVALID_VALUE' });
    await expectError(put({ tenantId: '0' }), 403, 'OTHER_TENANT');
  });

  it('are deleted, and records that hold their value keep it', async () => {
    const option = await ok(create({ value: 'gold' }));
    const contact = await aContact(api, { customFields: { plan: 'gold' } });
    expect(await ok(api.delete(`${path}/${option.id}`))).toEqual(option);
    expect(await ok(api.get(`/contacts/${contact.id}`))).toEqual(contact);
    for (const method of ['GET', 'DELETE'] as const) await expectError(api.send(method, `${path}/${option.id}`), 404, 'OPTION_NOT_FOUND');
    expect(await countRows('custom_field_options')).toBe(0);
  });

  it('are reached through their own definition only', async () => {
    const option = await ok(create({ value: 'gold' }));
    const other = await aCustomField(api, { fieldType: 'LIST' });
    const wrong = `/custom-fields/definitions/${other.id}/options/${option.id}`;
    await expectError(api.get(wrong), 404, 'OPTION_NOT_FOUND');
    await expectError(api.put(wrong, { label: 'x' }), 404, 'OPTION_NOT_FOUND');
    await expectError(api.delete(wrong), 404, 'OPTION_NOT_FOUND');
    await expectError(api.get('/custom-fields/definitions/999999/options'), 404, 'CUSTOM_FIELD_NOT_FOUND');
    await expectError(api.post('/custom-fields/definitions/999999/options', { value: 'x' }), 404, 'CUSTOM_FIELD_NOT_FOUND');
    await expectError(api.get(`/custom-fields/definitions/999999/options/${option.id}`), 404, 'CUSTOM_FIELD_NOT_FOUND');
    expect(await ok(api.get(`${path}/${option.id}`))).toEqual(option);
  });

  it('are listed in their order, filtered, searched, sorted and paged, those of other definitions apart', async () => {
    await aCustomField(api, { options: ['elsewhere'] });
    for (const [value, label] of [
      ['gold', 'Óro'],
      ['silver', 'Plata'],
      ['lead', null],
    ])
      await ok(create({ value, label }));
    const list = (query: Record<string, string | number> = {}) => ok(api.get<CustomFieldListOptionPageDto>(path, query));
    const values = async (query: Record<string, string | number> = {}) => (await list(query)).items.map(({ value }) => value);
    expect(await values()).toEqual(['gold', 'silver', 'lead']);
    expect(await values({ sortBy: 'value=asc' })).toEqual(['gold', 'lead', 'silver']);
    expect(await values({ filterBy: 'label:oro' })).toEqual(['gold']);
    expect(await values({ searchBy: 'PLATA' })).toEqual(['silver']);
    const first = await list({ pageSize: 2 });
    expect(first.totalCount).toBe(3);
    expect(await values({ pageSize: 2, pageToken: first.nextPageToken ?? '' })).toEqual(['lead']);
    const other = await aCustomField(api, { options: ['a', 'b', 'c'] });
    await expectError(api.get(`/custom-fields/definitions/${other.id}/options`, { pageSize: 2, pageToken: first.nextPageToken }), 400, 'INVALID_PAGE_TOKEN');
  });
});
