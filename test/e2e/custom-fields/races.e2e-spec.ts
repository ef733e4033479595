import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import type { CustomFieldDefinitionDto } from '../../../src/modules/custom-fields/dto/custom-field-definition.dto';
import type { BulkResult } from '../../../src/modules/operations/operations.service';
import { aContact, aPhone } from '../../factories/contacts';
import { aCustomField } from '../../factories/custom-fields';
import { type TestTenant, aTenant } from '../../factories/tenants';
import { ok } from '../../support/answers';
import type { Answer, ErrorBody } from '../../support/api-client';
import { countRows, sql } from '../../support/database';
import { useTestApp } from '../../support/test-app';
import { aFunnel } from '../conversations/desk';

jest.setTimeout(120_000);

const ROUNDS = 25;

describe('races of custom fields', () => {
  const running = useTestApp();
  let tenant: TestTenant;
  beforeEach(async () => {
    tenant = await aTenant(running.app);
  });

  const definition = (id: number) => `/custom-fields/definitions/${id}`;
  const said = ({ status, body }: Answer<unknown>) => (status === 200 ? '200' : `${status} ${(body as ErrorBody).error}`);

  it('an option is added, or its definition is gone', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await aCustomField(tenant.api, { options: ['a'] });
      const add = (value: string) => tenant.api.post(`${definition(id)}/options`, { value });
      const [deleted, ...answers] = await Promise.all([tenant.api.delete(definition(id)), add('b'), add('c'), add('d')]);
      expect(said(deleted)).toBe('200');
      for (const answer of answers) expect(['200', '404 CUSTOM_FIELD_NOT_FOUND']).toContain(said(answer));
      expect(await countRows('custom_field_definitions')).toBe(0);
    }
  });

  it('a definition that is changed while it is deleted does not come back', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id, options } = await aCustomField(tenant.api, { options: ['a'] });
      const label = { label: `Label ${round}` };
      const answers = await Promise.all([tenant.api.delete(definition(id)), tenant.api.put(definition(id), { fieldLabel: 'Label' }), tenant.api.put(`${definition(id)}/options/${options[0]?.id}`, label)]);
      expect(said(answers[0])).toBe('200');
      for (const answer of answers) expect(['200', '404 CUSTOM_FIELD_NOT_FOUND', '404 OPTION_NOT_FOUND']).toContain(said(answer));
      expect(await countRows('custom_field_definitions')).toBe(0);
    }
  });

  it('of two who change one definition, both are heard', async () => {
    const { id } = await aCustomField(tenant.api);
    for (let round = 0; round < ROUNDS; round++) {
      const changes = [{ fieldLabel: `label ${round}` }, { description: `description ${round}` }, { fieldType: round % 2 ? 'STRING' : 'NUMBER' }];
      await Promise.all(changes.map((change) => ok(tenant.api.put(definition(id), change))));
      expect(await ok(tenant.api.get<CustomFieldDefinitionDto>(definition(id)))).toMatchObject(Object.assign({}, ...changes));
    }
  });

  /** Writers of all kinds, of one value of a contact's field. */
  const write = (fieldKey: string, value: unknown, funnelId: number, contactId: number) => [
    tenant.api.post<ContactDto>('/contacts', { customFields: { [fieldKey]: value } }),
    tenant.api.put<ContactDto>(`/contacts/${contactId}`, { customFields: { [fieldKey]: value } }),
    tenant.api.post<BulkResult>('/conversations/bulk', { conversations: Array.from({ length: 100 }, () => ({ funnelId, contact: { phones: [aPhone()], customFields: { [fieldKey]: value } } })) }),
  ];

  it('a value that is written while its type changes fits it, or the type stays', async () => {
    const funnel = await aFunnel(tenant.api);
    const { id: contactId } = await aContact(tenant.api);
    for (let round = 0; round < ROUNDS; round++) {
      const { id, fieldKey } = await aCustomField(tenant.api);
      const [changed] = await Promise.all([tenant.api.put(definition(id), { fieldType: 'NUMBER' }), ...write(fieldKey, 'text', funnel.id, contactId)]);
      expect(['200', '409 FIELD_IN_USE']).toContain(said(changed));
      const texts = await countRows('contacts', `jsonb_typeof(custom_fields -> $1) = 'string'`, [fieldKey]);
      const [{ type } = {}] = await sql<{ type: string }>('SELECT field_type AS type FROM custom_field_definitions WHERE id = $1', [id]);
      expect([type, texts > 0]).toEqual(changed.status === 200 ? ['NUMBER', false] : ['STRING', true]);
    }
  });

  it('a value that is written while its option changes is an option', async () => {
    const funnel = await aFunnel(tenant.api);
    const { id: contactId } = await aContact(tenant.api);
    for (let round = 0; round < ROUNDS; round++) {
      const { id, fieldKey, options } = await aCustomField(tenant.api, { options: ['a'] });
      const [changed] = await Promise.all([tenant.api.put(`${definition(id)}/options/${options[0]?.id}`, { value: 'b' }), ...write(fieldKey, 'a', funnel.id, contactId)]);
      expect(['200', '409 OPTION_IN_USE']).toContain(said(changed));
      expect(await countRows('contacts', 'custom_fields ->> $1 = $2', [fieldKey, 'a']) > 0).toBe(changed.status !== 200);
    }
  });
});
