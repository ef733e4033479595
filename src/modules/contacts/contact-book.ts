import { isDeepStrictEqual } from 'node:util';
import type { ChannelType, NormalAddress } from './contact-identity';

/** Somebody as a request describes them; blanks are null, addresses are normal. */
export interface Person {
  /** Given, it decides alone whom this is. */
  contactId?: number;
  firstName: string | null;
  lastName: string | null;
  nationalId: string | null;
  companyPosition: string | null;
  userId: number | null;
  customFields: Record<string, unknown>;
  addresses: NormalAddress[];
}

/** Somebody of whom nothing is known. */
export const blankPerson = (): Person => ({
  firstName: null,
  lastName: null,
  nationalId: null,
  companyPosition: null,
  userId: null,
  customFields: {},
  addresses: [],
});

export interface BookAddress {
  id?: number;
  channelType: ChannelType;
  address: string;
  identity: string;
}

const TEXTS = ['firstName', 'lastName', 'nationalId', 'companyPosition', 'userId'] as const;

/** A contact while a batch is worked on: read from its table, or new. */
export interface BookedContact extends Record<'firstName' | 'lastName' | 'nationalId' | 'companyPosition', string | null> {
  /** Absent until a new contact is saved. */
  id?: number;
  /** Of somebody whom an earlier part of a dry run would have made. */
  ref?: number;
  isNew: boolean;
  userId: number | null;
  customFields: Record<string, unknown>;
  addresses: BookAddress[];
  /** Values to be written. */
  changed: boolean;
}

/** By what a contact is known while nothing is saved: its id, or what stands for it. */
export const refOf = ({ id, ref }: BookedContact): number | undefined => id ?? ref;

export type MatchedBy = { channelType: ChannelType; address: string } | 'nationalId' | 'contactId';

export interface Resolution {
  contact: BookedContact;
  /** Empty where nobody matched and the contact is new. */
  matchedBy: MatchedBy[];
}

export interface ResolutionFault {
  code: 'CONTACT_NOT_FOUND' | 'AMBIGUOUS_CONTACT' | 'ADDRESS_CONFLICT';
  message: string;
  context: Record<string, unknown>;
}

/**
 * The contacts that a batch can reach, and those that it makes, in memory: items are resolved one after the other, each
 * seeing what the ones before it did, and all is written at once in the end. Order of matching: contactId, addresses,
 * nationalId, a new contact (decisions.md, Contacts and addresses).
 */
export class ContactBook {
  readonly contacts = new Set<BookedContact>();
  private readonly byId = new Map<number, BookedContact>();
  private readonly byIdentity = new Map<string, BookedContact>();
  private readonly byNationalId = new Map<string, BookedContact[]>();

  add(contact: BookedContact): BookedContact {
    this.contacts.add(contact);
    if (contact.id !== undefined) this.byId.set(contact.id, contact);
    for (const { identity } of contact.addresses) this.byIdentity.set(identity, contact);
    this.indexNationalId(contact);
    return contact;
  }

  has(id: number): boolean {
    return this.byId.has(id);
  }

  /** Says who somebody is, and changes nothing. A new contact is not in the book until it is enriched. */
  resolve(person: Person): Resolution | ResolutionFault {
    const owners = this.ownersOf(person.addresses);
    if (person.contactId !== undefined) return this.byContactId(person.contactId, owners);
    if (owners.size > 1) return ambiguous([...owners.keys()], person.addresses.map(({ address }) => address));
    for (const [contact, addresses] of owners) return { contact, matchedBy: addresses.map(({ channelType, address }) => ({ channelType, address })) };
    const namesakes = (person.nationalId && this.byNationalId.get(person.nationalId)) || [];
    if (namesakes.length > 1) return ambiguous(namesakes, [person.nationalId ?? '']);
    if (namesakes[0]) return { contact: namesakes[0], matchedBy: ['nationalId'] };
    return { contact: blankContact(), matchedBy: [] };
  }

  /**
   * Gives a contact what a person says of themselves. Blanks never erase and addresses are only added. `fill` touches
   * nothing that is there: a skipped duplicate may complete its contact, and sent again it changes nothing.
   * @returns whether there was anything new
   */
  enrich(contact: BookedContact, person: Person, how: 'change' | 'fill'): boolean {
    this.contacts.add(contact);
    let changed = false;
    for (const name of TEXTS) {
      const value = person[name];
      if (value === null || contact[name] === value || (how === 'fill' && contact[name] !== null)) continue;
      if (name === 'nationalId') this.unindexNationalId(contact);
      Object.assign(contact, { [name]: value });
      changed = true;
      if (name === 'nationalId') this.indexNationalId(contact);
    }
    for (const [key, value] of Object.entries(person.customFields)) {
      if (value === null || value === '' || (how === 'fill' && Object.hasOwn(contact.customFields, key))) continue;
      if (isDeepStrictEqual(contact.customFields[key], value)) continue;
      contact.customFields[key] = value;
      changed = true;
    }
    for (const address of person.addresses) {
      if (this.byIdentity.has(address.identity)) continue;
      contact.addresses.push({ ...address });
      this.byIdentity.set(address.identity, contact);
      changed = true;
    }
    contact.changed ||= changed;
    return changed;
  }

  private byContactId(id: number, owners: Map<BookedContact, NormalAddress[]>): Resolution | ResolutionFault {
    const contact = this.byId.get(id);
    if (!contact) return { code: 'CONTACT_NOT_FOUND', message: `There is no contact ${id}. See GET /api/v1/contacts.`, context: { contactId: id } };
    for (const [owner, [address]] of owners) {
      if (owner === contact || !address) continue;
      const context = { address: address.address, ...(owner.id !== undefined && { contactId: owner.id }) };
      return { code: 'ADDRESS_CONFLICT', message: `${address.address} belongs to another contact${owner.id ? `, ${owner.id}` : ' of this batch'}.`, context };
    }
    return { contact, matchedBy: ['contactId'] };
  }

  private ownersOf(addresses: NormalAddress[]): Map<BookedContact, NormalAddress[]> {
    const owners = new Map<BookedContact, NormalAddress[]>();
    for (const address of addresses) {
      const owner = this.byIdentity.get(address.identity);
      if (!owner) continue;
      const owned = owners.get(owner);
      if (owned) owned.push(address);
      else owners.set(owner, [address]);
    }
    return owners;
  }

  private indexNationalId(contact: BookedContact): void {
    if (contact.nationalId === null) return;
    const namesakes = this.byNationalId.get(contact.nationalId);
    if (!namesakes) this.byNationalId.set(contact.nationalId, [contact]);
    else if (!namesakes.includes(contact)) namesakes.push(contact);
  }

  private unindexNationalId(contact: BookedContact): void {
    if (contact.nationalId === null) return;
    const namesakes = this.byNationalId.get(contact.nationalId) ?? [];
    this.byNationalId.set(contact.nationalId, namesakes.filter((namesake) => namesake !== contact));
  }
}

function ambiguous(contacts: BookedContact[], keys: string[]): ResolutionFault {
  const contactIds = contacts.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const named = contactIds.length > 0 ? `: ${contactIds.join(', ')}` : '';
  return {
    code: 'AMBIGUOUS_CONTACT',
    message: `${keys.join(', ')} lead to ${contacts.length} different contacts${named}. Send contactId, or one person's addresses only.`,
    context: { contactIds, candidates: contacts.length },
  };
}

const blankContact = (): BookedContact => ({ ...blankPerson(), isNew: true, changed: false });
