import type { CustomFieldDefinitionDto, CustomFieldDefinitionPageDto } from '../../../src/modules/custom-fields/dto/custom-field-definition.dto';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import { aContact } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { type TestTenant, aTenant, twoTenants } from '../../factories/tenants';
import { expectError, expectFaults, ok } from '../../support/answers';
import type { ApiClient } from '../../support/api-client';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { until } from '../../support/until';

const PATH = '/custom-fields/definitions';
const LATER = expect.any(String) as string;

describe('custom field definitions', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  let api: ApiClient;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
    api = tenant.api;
  });

  const create = (body: object) => api.post<CustomFieldDefinitionDto>(PATH, { entityType: 'CONTACT', fieldType: 'STRING', ...body });

  describe('created', () => {
    it('by the documents’ own example are answered, and stored, whole', async () => {
      const sent = { description: 'string', entityType: 'CONTACT', fieldKey: 'string', fieldLabel: 'string', fieldType: 'STRING' };
      const definition = await ok(api.post<CustomFieldDefinitionDto>(PATH, sent));
      expect(definition).toEqual({ id: expect.any(Number), tenantId: tenant.id, ...sent, createdAt: expect.any(String), updatedAt: expect.any(String) });
      expect(await ok(api.get(`${PATH}/${definition.id}`))).toEqual(definition);
      expect(await sql('SELECT entity_type, field_key, field_type FROM custom_field_definitions WHERE id = $1', [definition.id])).toEqual([
        { entity_type: 'CONTACT', field_key: 'string', field_type: 'STRING' },
      ]);
    });

    it.each(['CONTACT', 'COMPANY', 'FUNNEL_CONVERSATION', 'FUNNEL_CHANNEL_SESSION', 'PRODUCT'])('for %s', async (entityType) => {
      expect(await ok(create({ entityType, fieldKey: 'same' }))).toMatchObject({ entityType, fieldLabel: null, description: null });
    });

    it.each(['STRING', 'NUMBER', 'DATE', 'BOOLEAN', 'LIST', 'FILE'])('of the type %s', async (fieldType) => {
      expect(await ok(create({ fieldKey: 'x', fieldType }))).toMatchObject({ fieldType });
    });

    it.each(['a', 'Z9_', `a${'_'.repeat(62)}`, 'constructor', 'toString'])('with the key %s', async (fieldKey) => {
      expect(await ok(create({ fieldKey }))).toMatchObject({ fieldKey });
    });

    it.each(['', '9a', '_a', 'a b', 'a-b', 'ñ', 'a.b', `a${'_'.repeat(63)}`, '__proto__', 'a\n'])('with the key %j are refused', async (fieldKey) => {
      await expectFaults(create({ fieldKey }), { fieldKey: 'INVALID_FORMAT' });
    });

    it('are refused with everything that is wrong', async () => {
      await expectFaults(api.post(PATH, {}), { entityType: 'REQUIRED_FIELD', fieldKey: 'REQUIRED_FIELD', fieldType: 'REQUIRED_FIELD' });
      await expectFaults(api.post(PATH, { entityType: 'PERSON', fieldKey: 5, fieldType: 'string', fieldLabel: {}, description: 'x'.repeat(2001) }), {
        entityType: 'INVALID_VALUE',
        fieldKey: 'INVALID_TYPE',
        fieldType: 'INVALID_VALUE',
        fieldLabel: 'INVALID_TYPE',
        description: 'VALUE_TOO_LONG',
      });
      expect(await countRows('custom_field_definitions')).toBe(0);
    });

    it('have a key of their own for their entity type, in their tenant, and by 10 at once', async () => {
      const { mine, theirs } = await twoTenants(running.app);
      const [statuses] = [
        (await Promise.all(Array.from({ length: 10 }, () => mine.api.post(PATH, { entityType: 'CONTACT', fieldKey: 'plan', fieldType: 'STRING' })))).map(({ status }) => status),
      ];
      expect(statuses.sort()).toEqual([200, ...Array<number>(9).fill(409)]);
      const details = await expectError(mine.api.post(PATH, { entityType: 'CONTACT', fieldKey: 'plan', fieldType: 'DATE' }), 409, 'CUSTOM_FIELD_KEY_TAKEN');
      expect(details).toMatchObject({ fieldKey: 'plan', entityType: 'CONTACT' });
      await aCustomField(mine.api, { fieldKey: 'plan', entityType: 'COMPANY' });
      await aCustomField(mine.api, { fieldKey: 'PLAN' });
      await aCustomField(theirs.api, { fieldKey: 'plan' });
      expect(await countRows('custom_field_definitions')).toBe(4);
    });
  });

  describe('updated', () => {
    const put = (id: number, body: object) => api.put<CustomFieldDefinitionDto>(`${PATH}/${id}`, body);

    it('change their label and description; what was read may be sent back', async () => {
      const { options: _, ...definition } = await aCustomField(api, { fieldLabel: 'Plan', description: 'Which' });
      expect(await ok(put(definition.id, definition))).toEqual({ ...definition, updatedAt: LATER });
      expect(await ok(put(definition.id, { fieldLabel: 'Tarifa' }))).toEqual({ ...definition, fieldLabel: 'Tarifa', updatedAt: LATER });
      expect(await ok(put(definition.id, { description: null }))).toMatchObject({ fieldLabel: 'Tarifa', description: null });
      expect(await ok(put(definition.id, { createdAt: '2001-01-01T00:00:00Z', updatedAt: 'x' }))).toMatchObject({ createdAt: definition.createdAt });
    });

    it.each([{ fieldKey: 'other' }, { entityType: 'COMPANY' }])('never change %j', async (body) => {
      const { id } = await aCustomField(api, { fieldKey: 'plan' });
      expect(await expectError(put(id, { ...body, fieldLabel: 'x' }), 409, 'FIELD_IMMUTABLE')).toMatchObject({ field: Object.keys(body)[0] });
      expect(await ok(api.get(`${PATH}/${id}`))).toMatchObject({ fieldKey: 'plan', entityType: 'CONTACT', fieldLabel: null });
    });

    it('change their type only while no value exists', async () => {
      const { id } = await aCustomField(api, { fieldKey: 'seats' });
      expect(await ok(put(id, { fieldType: 'NUMBER' }))).toMatchObject({ fieldType: 'NUMBER' });
      const contact = await aContact(api, { customFields: { seats: 3 } });
      expect(await expectError(put(id, { fieldType: 'STRING' }), 409, 'FIELD_IN_USE')).toMatchObject({ count: 1 });
      await ok(put(id, { fieldType: 'NUMBER', fieldLabel: 'Seats' }));
      await ok(api.put(`/contacts/${contact.id}`, { customFields: { seats: null } }));
      expect(await ok(put(id, { fieldType: 'STRING' }))).toMatchObject({ fieldType: 'STRING' });
      await aContact(api, { customFields: { seats: 'three' } });
    });

    it('take no other id and no other tenant', async () => {
      const { id } = await aCustomField(api);
      await expectFaults(put(id, { id: id + 1 }), { id: 'INVALID_VALUE' });
      await expectError(put(id, { tenantId: '0' }), 403, 'OTHER_TENANT');
      await expectFaults(put(id, { fieldType: 'x', fieldLabel: 5 }), { fieldType: 'INVALID_VALUE', fieldLabel: 'INVALID_TYPE' });
      await expectError(put(999_999, {}), 404, 'CUSTOM_FIELD_NOT_FOUND');
    });
  });

  describe('deleted', () => {
    it('are answered as they were, with their options', async () => {
      const { options: _, ...definition } = await aCustomField(api, { options: ['a', 'b'] });
      expect(await ok(api.delete(`${PATH}/${definition.id}`))).toEqual(definition);
      await expectError(api.get(`${PATH}/${definition.id}`), 404, 'CUSTOM_FIELD_NOT_FOUND');
      await expectError(api.delete(`${PATH}/${definition.id}`), 404, 'CUSTOM_FIELD_NOT_FOUND');
      expect([await countRows('custom_field_definitions'), await countRows('custom_field_options')]).toEqual([0, 0]);
    });

    it('are kept while values exist, unless forced: then these go, too, and nothing else', async () => {
      const { mine, theirs } = await twoTenants(running.app);
      const { id } = await aCustomField(mine.api, { fieldKey: 'plan' });
      await aCustomField(theirs.api, { fieldKey: 'plan' });
      await aCustomField(mine.api, { fieldKey: 'plan', entityType: 'COMPANY' });
      const contact = await aContact(mine.api, { customFields: { plan: 'gold', other: 1 } });
      await aContact(mine.api, { customFields: { plan: 'silver' } });
      const their = await aContact(theirs.api, { customFields: { plan: 'gold' } });

      for (const query of [undefined, { force: 'false' }, { force: '0' }]) {
        expect(await expectError(mine.api.delete(`${PATH}/${id}`, query), 409, 'FIELD_IN_USE')).toMatchObject({ count: 2 });
      }
      expect(await ok(mine.api.get<ContactDto>(`/contacts/${contact.id}`))).toEqual(contact);
      await expectFaults(mine.api.delete(`${PATH}/${id}`, { force: 'perhaps' }), { force: 'INVALID_TYPE' });

      await ok(mine.api.delete(`${PATH}/${id}`, { force: 'true' }));
      expect((await ok(mine.api.get<ContactDto>(`/contacts/${contact.id}`))).customFields).toEqual({ other: 1 });
      expect(await countRows('contacts', `tenant_id = $1 AND custom_fields ? 'plan'`, [mine.id])).toBe(0);
      expect(await ok(theirs.api.get(`/contacts/${their.id}`))).toEqual(their);
      expect(await sql('SELECT event_sequence FROM contacts WHERE id = $1', [contact.id])).toEqual([{ event_sequence: 2 }]);
      expect(await countRows('custom_field_definitions')).toBe(2);
    });
  });

  describe('listed', () => {
    it('are filtered, searched, sorted and paged', async () => {
      await aCustomField(api, { fieldKey: 'plan', fieldLabel: 'Tarifa', entityType: 'CONTACT' });
      await aCustomField(api, { fieldKey: 'seats', fieldType: 'NUMBER', entityType: 'COMPANY' });
      await aCustomField(api, { fieldKey: 'year', description: 'Año de fundación', entityType: 'COMPANY' });
      const list = (query: Record<string, string | number>) => ok(api.get<CustomFieldDefinitionPageDto>(PATH, query));
      const keys = async (query: Record<string, string | number>) => (await list(query)).items.map(({ fieldKey }) => fieldKey);
      expect(await keys({})).toEqual(['year', 'seats', 'plan']);
      expect(await keys({ filterBy: 'entityType:COMPANY', sortBy: 'fieldKey=asc' })).toEqual(['seats', 'year']);
      expect(await keys({ filterBy: 'entityType:COMPANY;fieldType:NUMBER' })).toEqual(['seats']);
      expect(await keys({ searchBy: 'ano de FUNDACION' })).toEqual(['year']);
      expect(await keys({ searchBy: 'tarifa', tenantId: tenant.id })).toEqual(['plan']);
      const first = await list({ pageSize: 2, sortBy: 'fieldKey=asc' });
      expect(first).toMatchObject({ totalCount: 3, items: [{ fieldKey: 'plan' }, { fieldKey: 'seats' }] });
      expect(await list({ pageSize: 2, sortBy: 'fieldKey=asc', pageToken: first.nextPageToken ?? '' })).toEqual({
        totalCount: 3,
        items: [expect.objectContaining({ fieldKey: 'year' })],
      });
      await expectFaults(api.get(PATH, { sortBy: 'description=asc' }), { sortBy: 'UNKNOWN_FIELD' });
    });
  });

  describe('values of contacts', () => {
    it.each<[string, unknown[], unknown[]]>([
      ['STRING', ['', 'x', 'x'.repeat(5000)], [5, true, {}, ['x'], 'x'.repeat(5001)]],
      ['NUMBER', [0, -1.5, 1e300], ['5', '', true, {}, [1]]],
      ['DATE', ['2026-03-26', '2026-03-26T15:43:16Z', '2026-03-26T15:43:16.123-06:00'], ['yesterday', '2026-02-30', '26/03/2026', 5, '']],
      ['BOOLEAN', [true, false], ['true', 0, 'x', {}]],
      // Files that are there: conversations/item-codes.e2e-spec.ts.
      ['FILE', [], ['x', 5, 'file_', 'https://example.com/x', 'file_0123456789abcdef']],
    ])('of a %s must fit', async (fieldType, good, bad) => {
      await aCustomField(api, { fieldKey: 'x', fieldType: fieldType as 'STRING' });
      for (const x of good) expect((await aContact(api, { customFields: { x } })).customFields).toEqual({ x });
      for (const x of bad) await expectFaults(api.post('/contacts', { customFields: { x } }), { 'customFields.x': 'INVALID_CUSTOM_FIELD_VALUE' });
      expect((await aContact(api, { customFields: { x: null } })).customFields).toEqual({});
    });

    it('of a LIST are one of its options, as these are now', async () => {
      const field = await aCustomField(api, { fieldKey: 'plan', options: ['gold', 'silver'] });
      await aContact(api, { customFields: { plan: 'gold' } });
      for (const plan of ['Gold', 'lead', '', 5, ['gold']]) await expectFaults(api.post('/contacts', { customFields: { plan } }), { 'customFields.plan': 'OPTION_NOT_FOUND' });
      await ok(api.post(`${PATH}/${field.id}/options`, { value: 'lead' }));
      await aContact(api, { customFields: { plan: 'lead' } });
      await ok(api.delete(`${PATH}/${field.id}/options/${field.options[1]?.id}`));
      await expectFaults(api.post('/contacts', { customFields: { plan: 'silver' } }), { 'customFields.plan': 'OPTION_NOT_FOUND' });
    });

    it('without a definition, or with one for another entity, are kept as sent', async () => {
      await aCustomField(api, { fieldKey: 'seats', fieldType: 'NUMBER', entityType: 'COMPANY' });
      const customFields = { source: 'web', seats: 'three', deep: { a: [1] }, 'any key': 1, 'ñ.:;': 2 };
      expect((await aContact(api, { customFields })).customFields).toEqual(customFields);
    });

    it('follow a change that another process made as soon as its notice is there', async () => {
      await aContact(api, { customFields: { seats: 'three' } }); // the rules are held in memory now
      await sql(`INSERT INTO custom_field_definitions (tenant_id, entity_type, field_key, field_type) VALUES ($1, 'CONTACT', 'seats', 'NUMBER')`, [tenant.id]);
      await sql(`SELECT pg_notify('llamador_changes', $1)`, [`custom-fields ${tenant.id}`]);
      await until(async () => (await api.post('/contacts', { customFields: { seats: 'three' } })).status === 400);
    });
  });
});
