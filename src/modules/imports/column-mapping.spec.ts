import type { FieldRule } from '../custom-fields/custom-field.types';
import { type ImportKind, InvalidMapping, type MappingRules, type Target, itemOf, targetsOf } from './column-mapping';
import { csvCell } from '../../platform/text/csv';

describe('targetsOf', () => {
  it.each<[string, Target]>([
    ['client_name', 'name'],
    ['Nombre Completo', 'name'],
    ['Teléfono', 'phone'],
    ['TELEFONO_2', 'phone'],
    ['Phone Number', 'phone'],
    ['WhatsApp', 'phone'],
    ['Correo electrónico', 'email'],
    ['E-Mail', 'email'],
    ['national_id', 'nationalId'],
    ['R.U.T.', 'nationalId'],
    ['Apellidos', 'lastName'],
    ['PAÍS', 'country'],
    ['import_row', 'ignore'],
    ['import_errors', 'ignore'],
    ['vehicle', 'customFields.vehicle'],
    ['status', 'customFields.status'],
    ['constructor', 'customFields.constructor'],
    ['toString', 'customFields.toString'],
    ['', 'customFields.column'],
  ])('guesses that %j is %s', (column, target) => expect(targetsOf('conversations', [column], {})).toEqual([target]));

  it.each<[ImportKind, string, Target]>([
    ['contacts', 'Teléfono', 'phone'],
    ['contacts', 'vehicle', 'customFields.vehicle'],
    ['contacts', 'status', 'customFields.status'],
    ['activity', 'communication_type', 'communicationType'],
    ['activity', 'Fecha', 'contactedAt'],
    ['activity', 'status', 'status'],
    ['activity', 'new_customer_phone_number', 'response.new_customer_phone_number'],
    ['activity', 'createdAt', 'ignore'],
    ['contacts', 'updatedAt', 'ignore'],
    ['contacts', 'updated_at', 'customFields.updated_at'],
    ['contacts', 'contactId', 'contactId'],
    ['conversations', 'contact.customFields.age', 'contact.customFields.age'],
    ['conversations', 'createdAt', 'createdAt'],
  ])('guesses that in %s %j is %s', (kind, column, target) => expect(targetsOf(kind, [column], {})).toEqual([target]));

  it('lets each kind have its own targets only', () => {
    expect(() => targetsOf('contacts', ['a'], { a: 'funnelStatus' })).toThrow(/Allowed: contactId, name, .*, customFields\.<key>, contact\.customFields\.<key>$/);
    expect(() => targetsOf('conversations', ['a'], { a: 'response.a' })).toThrow(/createdAt, funnelStatus/);
    expect(targetsOf('activity', ['a', 'b'], { a: 'response.outcome', b: 'contact.customFields.b' })).toEqual(['response.outcome', 'contact.customFields.b']);
  });

  it('does as it is told, and guesses the rest', () => {
    const map = { client_name: 'ignore', vehicle: 'contact.customFields.car', estado: 'funnelStatus' };
    expect(targetsOf('conversations', ['client_name', 'phone', 'vehicle', 'estado'], map)).toEqual(['ignore', 'phone', 'contact.customFields.car', 'funnelStatus']);
  });

  it('refuses a column that the file lacks, and names those it has', () => {
    expect(() => targetsOf('conversations', ['name', 'phone'], { fone: 'phone' })).toThrow(new InvalidMapping('The map names a column "fone" that the file lacks. It has: name, phone'));
  });

  it.each(['fone', 'customFields.', 'contact', '', 5, null])('refuses the target %j, and names those there are', (target) => {
    expect(() => targetsOf('conversations', ['name'], { name: target })).toThrow(/"name" is mapped to .*Allowed: contactId, name, firstName/);
  });
});

describe('itemOf', () => {
  const rule = (fieldType: FieldRule['fieldType']): FieldRule => ({ id: 1, revision: 1, fieldType, options: new Set() });
  const rules: MappingRules = {
    statuses: new Map([
      ['new', 1],
      ['in progress', 2],
      ['2', 2],
    ]),
    country: 'MX',
    contactFields: new Map([['age', rule('NUMBER')]]),
    conversationFields: new Map([
      ['price', rule('NUMBER')],
      ['vip', rule('BOOLEAN')],
    ]),
  };
  /** Column to cell, with targets by the column's name. */
  const item = (cells: Record<string, string>, map: Record<string, unknown> = {}) => itemOf(Object.values(cells), targetsOf('conversations', Object.keys(cells), map), Object.keys(cells), rules);

  it('leaves blank cells out', () => {
    expect(item({ name: '', phone: ' ', email: '\t', vehicle: '', createdAt: ' ' })).toEqual({ contact: { phones: [], emails: [] } });
  });

  it('splits a name at its first space, tidies it, and lets names of their own stand', () => {
    expect(item({ name: '  Zoë \u00a0 García  Núñez ' }).contact).toMatchObject({ firstName: 'Zoë', lastName: 'García Núñez' });
    expect(item({ name: 'Zoë' }).contact).not.toHaveProperty('lastName');
    expect(item({ first_name: 'María José', last_name: 'Pérez' }).contact).toMatchObject({ firstName: 'María José', lastName: 'Pérez' });
  });

  it('gathers phones and emails from all their columns', () => {
    expect(item({ phone: '1', celular: '2; 3;', email: 'a@b.co', correo: 'c@d.co', telefono: '' }).contact).toEqual({ phones: ['1', '2', ' 3'], emails: ['a@b.co', 'c@d.co'] });
  });

  it('reads a phone by the row’s own country where it is none of the tenant’s', () => {
    expect(item({ phone: '912345678', country: 'cl' })).toMatchObject({ contact: { phones: ['+56912345678'] }, customFields: { country: 'cl' } });
    expect(item({ country: 'CL', phone: '5512345678' })).toMatchObject({ contact: { phones: ['5512345678'] } }); // good in the tenant's country
    expect(item({ phone: 'no tiene', pais: 'Chile' })).toMatchObject({ contact: { phones: ['no tiene'] }, customFields: { pais: 'Chile' } });
  });

  it('finds statuses by name or id, and leaves an unknown one to the item’s check', () => {
    const status = (cell: string) => item({ estado: cell }, { estado: 'funnelStatus' }).funnelStatusId;
    expect([status('NEW'), status(' In  Progress '), status('2'), status('Lost')]).toEqual([1, 2, 2, 'Lost']);
  });

  it('gives values of defined fields their type, where the text fits', () => {
    expect(item({ price: '12.50', vip: 'Sí', vehicle: ' Kia ' }).customFields).toEqual({ price: 12.5, vip: true, vehicle: 'Kia' });
    expect(item({ price: 'much', vip: 'perhaps' }).customFields).toEqual({ price: 'much', vip: 'perhaps' });
    expect(item({ years: '40' }, { years: 'contact.customFields.age' }).contact).toMatchObject({ customFields: { age: 40 } });
  });

  it.each(['=HYPERLINK("x")', '@SUM(A1)', '+cmd|x', '-cmd', '\t=x', '\r=x', "'=x", '+52 55', "it's"])(
    'reads %j the same before and after it was written to a file of errors',
    (cell) => {
      const written = csvCell(cell)
        .replace(/^"(.*)"$/s, '$1')
        .replaceAll('""', '"');
      expect(item({ vehicle: written })).toEqual(item({ vehicle: cell }));
    },
  );

  it('of other kinds has no conversation: custom fields are the contact’s, and what is blank in a response says so', () => {
    const contact = { country: 'MX', contactFields: new Map([['age', rule('NUMBER')]]) };
    const columns = ['phone', 'age', 'country'];
    expect(itemOf(['55 1234 5678', '40', 'MX'], targetsOf('contacts', columns, {}), columns, contact)).toEqual({ contact: { phones: ['55 1234 5678'], emails: [], customFields: { age: 40, country: 'MX' } } });
    const log = ['phone', 'communication_type', 'contacted_at', 'status', 'outcome', 'reason'];
    expect(itemOf(['+525512345678', 'BotmakerChatbot', '2026-03-13', 'FAILED', '', ' busy '], targetsOf('activity', log, {}), log, contact)).toEqual({
      contact: { phones: ['+525512345678'], emails: [] },
      communicationType: 'BotmakerChatbot',
      contactedAt: '2026-03-13',
      status: 'FAILED',
      response: { outcome: '', reason: 'busy' },
    });
  });

  it('takes a ragged row', () => {
    expect(itemOf(['Ana'], ['name', 'phone'], ['name', 'phone'], rules)).toEqual({ contact: { firstName: 'Ana', phones: [], emails: [] } });
    expect(itemOf(['Ana', '1', 'more'], ['name', 'phone'], ['name', 'phone'], rules).contact).toMatchObject({ phones: ['1'] });
  });
});
