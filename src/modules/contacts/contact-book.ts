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
  /** The item of the batch that made it, where one did. */
  madeBy?: number;
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
  /** Whom the person could be, or whose the address is. */
  found: Resolution[];
}

/** As a report names contacts that were found. A dry run makes nobody: whom an earlier item would make has no id to name. */
export const contactsFound = (found: Resolution[]): { id: number; matchedBy: MatchedBy[] }[] =>
  found.flatMap(({ contact: { id }, matchedBy }) => (id === undefined ? [] : [{ id, matchedBy }]));

/**
 * The contacts that a batch can reach, and those that it makes, in memory: items are resolved one after the other, each
 * seeing what the ones before it did, and all is written at once in the end. Order of matching: contactId, addresses,
 * nationalId, a new contact.
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
    const [owner, another] = owners;
    if (another) return ambiguous(owners, person.addresses.map(({ address }) => address));
    if (owner) return owner;
    const namesakes = (person.nationalId && this.byNationalId.get(person.nationalId)) || [];
    if (namesakes.length > 1) return ambiguous(namesakes.map((contact) => ({ contact, matchedBy: ['nationalId'] })), [person.nationalId ?? '']);
    if (namesakes[0]) return { contact: namesakes[0], matchedBy: ['nationalId'] };
    return { contact: blankContact(), matchedBy: [] };
  }

  /**
   * Gives a contact what a person says of themselves. Blanks never erase and addresses are only added. `fill` touches
   * nothing that is there: a skipped duplicate may complete its contact, and sent again it changes nothing.
   * @param item of the batch that says it: who is new was made by the first
   * @returns whether there was anything new
   */
  enrich(contact: BookedContact, person: Person, how: 'change' | 'fill', item?: number): boolean {
    if (contact.isNew) contact.madeBy ??= item;
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

  private byContactId(id: number, owners: Resolution[]): Resolution | ResolutionFault {
    const contact = this.byId.get(id);
    if (!contact) return { code: 'CONTACT_NOT_FOUND', message: `There is no contact ${id}. See GET /api/v1/contacts.`, context: { contactId: id }, found: [] };
    const others = owners.filter((owner) => owner.contact !== contact);
    const [other] = others;
    if (!other) return { contact, matchedBy: ['contactId'] };
    const { address } = other.matchedBy[0] as NormalAddress;
    const context = { address, ...(other.contact.id !== undefined && { contactId: other.contact.id }), ...makersOf(others) };
    return { code: 'ADDRESS_CONFLICT', message: `${address} belongs to another contact, ${nameOf(other.contact)}.`, context, found: others };
  }

  /** Whose these addresses are, and by which of them. */
  private ownersOf(addresses: NormalAddress[]): Resolution[] {
    const owners = new Map<BookedContact, Resolution>();
    for (const { identity, channelType, address } of addresses) {
      const contact = this.byIdentity.get(identity);
      if (!contact) continue;
      const owner = owners.get(contact) ?? { contact, matchedBy: [] };
      owners.set(contact, owner);
      owner.matchedBy.push({ channelType, address });
    }
    return [...owners.values()];
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

function ambiguous(found: Resolution[], keys: string[]): ResolutionFault {
  const contactIds = found.flatMap(({ contact: { id } }) => (id === undefined ? [] : [id]));
  return {
    code: 'AMBIGUOUS_CONTACT',
    message: `${keys.join(', ')} lead to ${found.length} different contacts: ${found.map(({ contact }) => nameOf(contact)).join(', ')}. Send contactId, or one person's addresses only.`,
    context: { contactIds, candidates: found.length, ...makersOf(found) },
    found,
  };
}

/** The items that made the contacts which have no id yet. */
function makersOf(found: Resolution[]): { items?: number[] } {
  const items = found.flatMap(({ contact: { id, madeBy } }) => (id === undefined && madeBy !== undefined ? [madeBy] : []));
  return items.length > 0 ? { items } : {};
}

/** A file's rows are items of one chunk of it, so that their indexes would say nothing in a message. */
const nameOf = ({ id }: BookedContact): string => (id === undefined ? 'one that is new in this list' : String(id));

const blankContact = (): BookedContact => ({ ...blankPerson(), isNew: true, changed: false });
