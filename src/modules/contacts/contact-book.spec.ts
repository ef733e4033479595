import { type BookedContact, ContactBook, type Person, type Resolution, blankPerson, contactsFound } from './contact-book';
import { type NormalAddress, isFault, normaliseAddress } from './contact-identity';

function address(channelType: 'PHONE' | 'WHATSAPP' | 'EMAIL', text: string): NormalAddress {
  const normal = normaliseAddress(channelType, text, 'MX');
  if (isFault(normal)) throw new Error(normal.message);
  return normal;
}

const phone = (n: number) => address('PHONE', `55${10_000_000 + n}`);
const email = (name: string) => address('EMAIL', `${name}@example.com`);

const person = (overrides: Partial<Person> = {}): Person => ({ ...blankPerson(), ...overrides });

const contact = (id: number, overrides: Partial<BookedContact> = {}): BookedContact => ({ ...blankPerson(), id, isNew: false, changed: false, ...overrides });

describe('ContactBook', () => {
  const ana = () => contact(1, { firstName: 'Ana', nationalId: 'A', addresses: [phone(1), email('ana')], customFields: { vehicle: 'Kia' } });
  const luz = () => contact(2, { firstName: 'Luz', nationalId: 'L', addresses: [phone(2)] });
  let book: ContactBook;
  beforeEach(() => {
    book = new ContactBook();
    book.add(ana());
    book.add(luz());
  });
  const found = (sent: Partial<Person>): Resolution => {
    const resolved = book.resolve(person(sent));
    if ('code' in resolved) throw new Error(resolved.message);
    return resolved;
  };
  /** As a batch does it. */
  const settle = (sent: Partial<Person>, how: 'change' | 'fill' = 'change', item?: number): BookedContact => {
    const { contact: matched } = found(sent);
    book.enrich(matched, person(sent), how, item);
    return matched;
  };

  describe('finds somebody', () => {
    it('by id, before all else', () => {
      expect(found({ contactId: 2, nationalId: 'A' })).toMatchObject({ contact: { id: 2 }, matchedBy: ['contactId'] });
      expect(found({ contactId: 2, addresses: [phone(2), phone(9)] })).toMatchObject({ contact: { id: 2 }, matchedBy: ['contactId'] });
    });

    it('by addresses, before the nationalId, and names all that matched', () => {
      expect(found({ nationalId: 'L', addresses: [phone(9), email('ana'), phone(1)] })).toMatchObject({
        contact: { id: 1 },
        matchedBy: [
          { channelType: 'EMAIL', address: 'ana@example.com' },
          { channelType: 'PHONE', address: phone(1).address },
        ],
      });
    });

    it('by the number of another channel', () => {
      expect(found({ addresses: [address('WHATSAPP', '+525510000001')] })).toMatchObject({ contact: { id: 1 } });
    });

    it('by the nationalId, where no address leads to anybody', () => {
      expect(found({ nationalId: 'L', addresses: [phone(9)] })).toMatchObject({ contact: { id: 2 }, matchedBy: ['nationalId'] });
    });

    it('or makes them new', () => {
      const { contact: made, matchedBy } = found({ nationalId: 'X', addresses: [phone(9)] });
      expect({ made, matchedBy }).toMatchObject({ made: { isNew: true, addresses: [], nationalId: null }, matchedBy: [] });
      expect(book.contacts.size).toBe(2); // until it is enriched
    });
  });

  describe('refuses', () => {
    const refusal = (sent: Partial<Person>) => book.resolve(person(sent));
    const foundBy = (refused: ReturnType<typeof refusal>) => ('found' in refused ? contactsFound(refused.found) : []);

    it('addresses of two people', () => {
      expect(refusal({ addresses: [phone(1), phone(2)] })).toMatchObject({ code: 'AMBIGUOUS_CONTACT', context: { contactIds: [1, 2], candidates: 2 } });
      expect(foundBy(refusal({ addresses: [phone(1), phone(2), email('ana')] }))).toEqual([
        { id: 1, matchedBy: [{ channelType: 'PHONE', address: phone(1).address }, { channelType: 'EMAIL', address: 'ana@example.com' }] },
        { id: 2, matchedBy: [{ channelType: 'PHONE', address: phone(2).address }] },
      ]);
    });

    it('a nationalId of two people', () => {
      book.add(contact(3, { nationalId: 'A' }));
      expect(refusal({ nationalId: 'A' })).toMatchObject({ code: 'AMBIGUOUS_CONTACT', context: { contactIds: [1, 3] } });
      expect(foundBy(refusal({ nationalId: 'A' }))).toEqual([1, 3].map((id) => ({ id, matchedBy: ['nationalId'] })));
    });

    it('addresses of people whom the batch itself makes, and names their items', () => {
      settle({ addresses: [phone(8)] }, 'change', 4);
      settle({ addresses: [phone(9)] }, 'change', 5);
      settle({ addresses: [phone(9), phone(7)] }, 'change', 6); // made by item 5 all the same
      expect(refusal({ addresses: [phone(7), phone(8), phone(1)] })).toMatchObject({ code: 'AMBIGUOUS_CONTACT', context: { contactIds: [1], candidates: 3, items: [5, 4] } });
      expect(refusal({ contactId: 1, addresses: [phone(8)] })).toMatchObject({ code: 'ADDRESS_CONFLICT', context: { items: [4] } });
    });

    it('an id that there is not', () => {
      expect(refusal({ contactId: 9, addresses: [phone(1)] })).toMatchObject({ code: 'CONTACT_NOT_FOUND', context: { contactId: 9 } });
    });

    it('to give one person the address of another', () => {
      expect(refusal({ contactId: 1, addresses: [phone(1), phone(2)] })).toMatchObject({ code: 'ADDRESS_CONFLICT', context: { address: phone(2).address, contactId: 2 } });
    });

    it('and changes nobody by it', () => {
      const before = JSON.stringify([...book.contacts]);
      refusal({ addresses: [phone(1), phone(2), phone(9)], firstName: 'X' });
      expect(JSON.stringify([...book.contacts])).toBe(before);
      expect(found({ addresses: [phone(9)] }).contact.isNew).toBe(true);
    });
  });

  describe('lets each item see what those before it did', () => {
    it('a new person is found by all that was said of them', () => {
      const made = settle({ nationalId: 'N', addresses: [phone(9), email('new')] });
      for (const sent of [{ addresses: [phone(9)] }, { addresses: [email('new')] }, { nationalId: 'N' }]) expect(found(sent).contact).toBe(made);
    });

    it('an address that was added leads to its contact', () => {
      const matched = settle({ addresses: [phone(1), phone(9)] });
      expect(found({ addresses: [phone(9)] }).contact).toBe(matched);
      expect(book.resolve(person({ contactId: 2, addresses: [phone(9)] }))).toMatchObject({ code: 'ADDRESS_CONFLICT', context: { contactId: 1 } });
    });

    it('a nationalId that was changed leads to its contact, and the old one no longer does', () => {
      const matched = settle({ addresses: [phone(1)], nationalId: 'NEW' });
      expect(found({ nationalId: 'NEW' }).contact).toBe(matched);
      expect(found({ nationalId: 'A' }).contact.isNew).toBe(true);
    });

    it('a nationalId that a second person takes on leads to neither', () => {
      settle({ addresses: [phone(1)], nationalId: 'L' });
      expect(book.resolve(person({ nationalId: 'L' }))).toMatchObject({ code: 'AMBIGUOUS_CONTACT', context: { contactIds: [2, 1] } });
    });
  });

  describe('changes', () => {
    it('what is not blank, and nothing else', () => {
      const changed = settle({ addresses: [phone(1)], firstName: 'Anna', companyPosition: 'CEO', customFields: { vehicle: 'VW', blank: '', none: null, zero: 0, no: false } });
      expect(changed).toMatchObject({ changed: true, firstName: 'Anna', nationalId: 'A', companyPosition: 'CEO', customFields: { vehicle: 'VW', zero: 0, no: false } });
      expect(changed.customFields).not.toHaveProperty('blank');
      expect(changed.customFields).not.toHaveProperty('none');
    });

    it('nothing where all of it is there already', () => {
      const same = { addresses: [phone(1), email('ana')], firstName: 'Ana', nationalId: 'A', customFields: { vehicle: 'Kia' } };
      expect(settle(same)).toEqual(ana());
      expect(settle({ ...same, customFields: { list: [1, { a: 2 }] } }).changed).toBe(true);
    });

    it('only what is blank, where it is to fill', () => {
      const filled = settle(
        { addresses: [phone(1), phone(9)], firstName: 'X', lastName: 'Pérez', nationalId: 'X', userId: 7, customFields: { vehicle: 'VW', color: 'red' } },
        'fill',
      );
      expect(filled).toMatchObject({ changed: true, firstName: 'Ana', lastName: 'Pérez', nationalId: 'A', userId: 7, customFields: { vehicle: 'Kia', color: 'red' } });
      expect(filled.addresses).toEqual([phone(1), email('ana'), phone(9)]);
      filled.changed = false;
      settle({ addresses: [phone(1), phone(9)], firstName: 'Y', customFields: { color: 'blue' } }, 'fill');
      expect(filled.changed).toBe(false);
    });

    it('keys that objects have by nature like any other', () => {
      expect(settle({ addresses: [phone(1)], customFields: { constructor: 'Pérez SA', toString: 'x' } }, 'fill').customFields).toMatchObject({
        constructor: 'Pérez SA',
        toString: 'x',
      });
    });
  });
});
