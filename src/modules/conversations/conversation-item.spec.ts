import { ItemLog } from '../operations';
import { blankPerson } from '../contacts';
import { type ItemRules, MISSING_ID, readCreateItem, readUpdateItem } from './conversation-item';

const NOW = Date.parse('2026-03-26T12:00:00Z');
const PHONE = '+525512345678';

const rules = (overrides: Partial<ItemRules> = {}): ItemRules => ({
  country: 'MX',
  contactFields: new Map([['color', { id: 1, revision: 1, fieldType: 'LIST', options: new Set(['red']) }]]),
  conversationFields: new Map([['price', { id: 2, revision: 1, fieldType: 'NUMBER', options: new Set() }]]),
  now: NOW,
  ...overrides,
});

function read<Item>(reader: (sent: unknown, rules: ItemRules, log: ItemLog) => Item, sent: unknown, overrides: Partial<ItemRules> = {}) {
  const log = new ItemLog(0);
  const item = reader(sent, rules(overrides), log);
  const told = (issues: ItemLog['errors']) => issues.map(({ field, code }) => `${field} ${code}`.trim());
  return { item, log, errors: told(log.errors), warnings: told(log.warnings) };
}

const create = (sent: unknown, overrides?: Partial<ItemRules>) => read(readCreateItem, sent, overrides);
const update = (sent: unknown, overrides?: Partial<ItemRules>) => read(readUpdateItem, sent, overrides);

describe('readCreateItem', () => {
  it('reads all there can be', () => {
    const { item, log, errors, warnings } = create({
      createdAt: '2026-03-26T06:00:00-06:00',
      userId: 1,
      funnelId: 2,
      funnelStatusId: 3,
      archivedAt: '2026-03-26',
      customFields: { price: 5 },
      contactId: 4,
      clientRef: 'row 1',
      contact: {
        firstName: ' Ana ',
        lastName: 'Pérez',
        phones: ['55 1234 5678'],
        emails: ['ANA@Example.com'],
        nationalId: 'N',
        companyPosition: 'CEO',
        customFields: { color: 'red' },
        userId: 6,
      },
    });
    expect({ errors, warnings, clientRef: log.clientRef }).toEqual({ errors: [], warnings: [], clientRef: 'row 1' });
    expect(item).toEqual({
      createdAt: new Date(NOW),
      userId: 1,
      funnelId: 2,
      funnelStatusId: 3,
      archivedAt: new Date('2026-03-26T00:00:00Z'),
      customFields: { price: 5 },
      person: {
        contactId: 4,
        firstName: 'Ana',
        lastName: 'Pérez',
        nationalId: 'N',
        companyPosition: 'CEO',
        userId: 6,
        customFields: { color: 'red' },
        addresses: [
          { channelType: 'PHONE', address: PHONE, identity: PHONE },
          { channelType: 'EMAIL', address: 'ana@example.com', identity: 'ana@example.com' },
        ],
      },
    });
  });

  it('takes blanks and nulls for nothing said', () => {
    const { item, errors, warnings } = create({
      funnelId: 1,
      userId: null,
      archivedAt: null,
      createdAt: null,
      customFields: null,
      contactId: 2,
      contact: { firstName: ' ', phones: null, emails: ['', ' '], customFields: null },
    });
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    expect(item?.person).toEqual({ ...blankPerson(), contactId: 2 });
    expect(item).toMatchObject({ userId: null, archivedAt: null, createdAt: undefined, customFields: undefined });
  });

  it('takes one number written twice for one address', () => {
    expect(create({ funnelId: 1, contact: { phones: [PHONE, '55 1234 5678', 'tel:+52-55-1234-5678'] } }).item?.person.addresses).toHaveLength(1);
  });

  it('gives back what is left of a wrong item, so that its references can be checked as well', () => {
    const { item, errors } = create({ funnelId: 'x', userId: 5, contact: 7 });
    expect(errors).toEqual(['funnelId INVALID_TYPE', 'contact INVALID_TYPE']);
    expect(item).toMatchObject({ funnelId: MISSING_ID, userId: 5, person: blankPerson() });
    expect(create([]).item).toBeUndefined();
  });

  it.each([0, -1, 1.5, '1', true, {}, NaN, 2 ** 53])('takes %j for no id', (funnelId) => {
    expect(create({ funnelId, contact: {} }).errors).toEqual(['funnelId INVALID_TYPE']);
  });

  it('lets createdAt be ahead by a minute, as clocks are', () => {
    const at = (ms: number) => create({ funnelId: 1, contactId: 1, createdAt: new Date(NOW + ms).toISOString() }).errors;
    expect(at(60_000)).toEqual([]);
    expect(at(60_001)).toEqual(['createdAt INVALID_DATE']);
  });

  it('takes up to 100 phones', () => {
    const phones = (count: number) => create({ funnelId: 1, contact: { phones: Array.from({ length: count }, () => PHONE) } }).errors;
    expect(phones(100)).toEqual([]);
    expect(phones(101)).toEqual(['contact.phones INVALID_TYPE']);
  });

  it('warns of a person without address only where nothing else is wrong', () => {
    expect(create({ funnelId: 1, contact: { firstName: 'Ana' } }).warnings).toEqual(['contact CONTACT_WITHOUT_ADDRESS']);
    expect(create({ funnelId: 1, contact: { nationalId: 'N' } }).warnings).toEqual([]);
    expect(create({ contact: {} })).toMatchObject({ errors: ['funnelId REQUIRED_FIELD'], warnings: [] });
  });

  describe('of a file', () => {
    const row = (contact: Record<string, unknown>, more: Record<string, unknown> = {}) => create({ funnelId: 1, contact, ...more }, { fromFile: true });

    it('leaves a bad address out where there is a good one', () => {
      const { item, errors, warnings } = row({ phones: ['N/A'], emails: ['ana@example.com', 'foo@'] });
      expect({ errors, warnings }).toEqual({ errors: [], warnings: ['contact.phones[0] INVALID_PHONE', 'contact.emails[1] INVALID_EMAIL'] });
      expect(item?.person.addresses).toHaveLength(1);
    });

    it('refuses a person without any, and says why', () => {
      expect(row({ phones: ['N/A'] }).errors).toEqual(['contact.phones[0] INVALID_PHONE']);
      expect(row({ phones: [], nationalId: 'N' }).errors).toEqual(['contact CONTACT_WITHOUT_ADDRESS']);
    });

    it('does not call each column unknown on each row', () => {
      expect(row({ phones: [PHONE] }, { customFields: { vehicle: 'Kia' } }).warnings).toEqual([]);
    });
  });
});

describe('readUpdateItem', () => {
  it('tells what is absent from what is null', () => {
    const { item, log, errors } = update({ id: 5, userId: null, archivedAt: null, customFields: { price: null } });
    expect(errors).toEqual([]);
    expect(log.itemId).toBe(5);
    expect(item).toEqual({ id: 5, userId: null, archivedAt: null, funnelStatusId: undefined, createdAt: undefined, customFields: { price: null }, person: undefined });
  });

  it.each([{}, { contact: {} }, { contact: null }, { contact: { firstName: ' ', phones: [''] } }, { createdAt: null }, { customFields: null }, { clientRef: 'a' }])(
    'finds that %j says nothing',
    (sent) => {
      expect(update({ id: 5, ...sent }).errors).toEqual(['EMPTY_UPDATE']);
    },
  );

  it.each([{ userId: null }, { contact: { id: 1 } }, { contact: { userId: 1 } }, { contact: { customFields: { a: 1 } } }])('finds that %j says something', (sent) => {
    expect(update({ id: 5, ...sent }).errors).toEqual([]);
  });

  it('does not call an item empty that is wrong', () => {
    expect(update({ id: 5, userId: 'me' }).errors).toEqual(['userId INVALID_TYPE']);
    expect(update({})).toMatchObject({ item: { id: MISSING_ID }, errors: ['id REQUIRED_FIELD'] });
  });

  it('warns of what only a create knows', () => {
    expect(update({ id: 5, funnelId: 1, contactId: 2, userId: 1 }).warnings).toEqual(['funnelId UNKNOWN_FIELD', 'contactId UNKNOWN_FIELD']);
    expect(create({ id: 5, funnelId: 1, contact: { id: 3, phones: [PHONE] } }).warnings).toEqual(['id UNKNOWN_FIELD', 'contact.id UNKNOWN_FIELD']);
  });
});
