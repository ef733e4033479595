import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Rehearsal } from '../../platform/database/rehearsal';
import { Statement } from '../../platform/database/statement';
import { LostRace, constraintOf } from '../../platform/database/tenant-db';
import { takeTurn } from '../../platform/database/turns';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { type BookedContact, ContactBook, type Person, type ResolutionFault, refOf } from './contact-book';
import { type AddressJson, type ContactRow, addressesOf, contactColumns } from './contacts.repository';
import { ContactDto } from './dto/contact.dto';
import { SearchIndex } from './search-index';

type KnownRow = Pick<ContactRow, 'id' | 'first_name' | 'last_name' | 'national_id' | 'company_position' | 'user_id' | 'custom_fields'> & { addresses: AddressJson[] };

// Locked in the order of ids, so that two batches about the same people wait for each other instead of deadlocking. IS TRUE
// keeps the planner from reading the whole of a tenant that it believes to be small: docs/adr/0003-keys-begin-with-the-id.md.
const BOOK = `SELECT c.id FROM contacts c
   WHERE (c.tenant_id = $1) IS TRUE AND c.id = ANY(ARRAY(
     SELECT contact_id FROM contact_addresses WHERE (tenant_id = $1) IS TRUE AND identity = ANY($2::text[])
     UNION SELECT unnest($3::bigint[])
     UNION SELECT id FROM contacts WHERE (tenant_id = $1) IS TRUE AND national_id = ANY($4::text[])))
     AND c.erased_at IS NULL
   ORDER BY c.id`;
const FIND_BOOK = new Statement<{ id: number }>('contact_book_find', BOOK);
const LOCK_BOOK = new Statement<{ id: number }>('contact_book_lock', `${BOOK} FOR NO KEY UPDATE OF c`);

// A statement of its own: one that waits for a lock sees the row as it is then, but its addresses as they were before.
const READ_BOOK = new Statement<KnownRow>(
  'contact_book_read',
  `SELECT c.id, c.first_name, c.last_name, c.national_id, c.company_position, c.user_id, c.custom_fields, ${addressesOf('c')}
   FROM contacts c WHERE (c.tenant_id = $1) IS TRUE AND c.id = ANY($2::bigint[]) ORDER BY c.id`,
);

const FIND_NATIONAL_IDS = new Statement<{ id: number }>('contact_book_find_national_ids', 'SELECT id FROM contacts WHERE (tenant_id = $1) IS TRUE AND national_id = ANY($2::text[])');

const NEXT_IDS = new Statement<{ contacts: number[]; addresses: number[] }>(
  'contact_book_next_ids',
  `SELECT ARRAY(SELECT nextval('contacts_id_seq') FROM generate_series(1, $1)) AS contacts,
     ARRAY(SELECT nextval('contact_addresses_id_seq') FROM generate_series(1, $2)) AS addresses`,
);

const SENT = `unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[])
  AS sent (id, first_name, last_name, national_id, company_position, user_id, custom_fields, addresses)`;
const SEARCH_TEXT = `fold(concat_ws(' ', sent.first_name, sent.last_name, sent.national_id, sent.company_position, sent.addresses))`;

const INSERT_CONTACTS = new Statement(
  'contact_book_insert',
  `INSERT INTO contacts (id, tenant_id, first_name, last_name, national_id, company_position, user_id, custom_fields, search_text)
   SELECT sent.id, $1, sent.first_name, sent.last_name, sent.national_id, sent.company_position, sent.user_id, sent.custom_fields::jsonb, ${SEARCH_TEXT}
   FROM ${SENT}`,
);

const UPDATE_CONTACTS = new Statement(
  'contact_book_update',
  `UPDATE contacts c SET first_name = sent.first_name, last_name = sent.last_name, national_id = sent.national_id,
     company_position = sent.company_position, user_id = sent.user_id, custom_fields = sent.custom_fields::jsonb,
     search_text = ${SEARCH_TEXT}, event_sequence = c.event_sequence + 1, updated_at = now()
   FROM ${SENT} WHERE (c.tenant_id = $1) IS TRUE AND c.id = sent.id`,
);

// In the order of identities: of two batches that bring the same new people, one waits at the first it shares with the other.
const INSERT_ADDRESSES = new Statement(
  'contact_book_insert_addresses',
  `INSERT INTO contact_addresses (id, tenant_id, contact_id, channel_type, address, identity)
   SELECT sent.id, $1, sent.contact_id, sent.channel_type, sent.address, sent.identity
   FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[]) AS sent (id, contact_id, channel_type, address, identity)
   ORDER BY sent.identity`,
);

const GET_MANY = new Statement<ContactRow>(
  'contact_get_many',
  `SELECT ${contactColumns('c')}, ${addressesOf('c')} FROM contacts c WHERE (c.tenant_id = $1) IS TRUE AND c.id = ANY($2::bigint[]) AND c.erased_at IS NULL`,
);

const OWNERS = new Statement<{ identity: string; contact_id: number }>(
  'contact_owners_of',
  `SELECT identity, contact_id FROM contact_addresses WHERE (tenant_id = $1) IS TRUE AND identity = ANY($2::text[])`,
);

/** What other modules may ask of contacts. */
@Injectable()
export class ContactsApi {
  /** Requests that have lost a race go one at a time when they run again: however many there are, each comes through. */
  private readonly losers = new WeakSet<TenantContext>();

  constructor(private readonly searchIndex: SearchIndex) {}

  /** Contacts by id, as the API shows them. */
  async getMany(em: EntityManager, ctx: TenantContext, ids: number[]): Promise<Map<number, ContactDto>> {
    if (ids.length === 0) return new Map();
    const rows = await GET_MANY.rows(em, [ctx.tenantId, ids]);
    return new Map(rows.map((row) => [row.id, ContactDto.from(row)]));
  }

  /** Whose these identities are: phones in E.164, emails in lower case. */
  async ownersOf(em: EntityManager, ctx: TenantContext, identities: Iterable<string>): Promise<Map<string, number>> {
    const rows = await OWNERS.rows(em, [ctx.tenantId, [...new Set(identities)]]);
    return new Map(rows.map(({ identity, contact_id }) => [identity, contact_id]));
  }

  /** The one contact that a person is, made where nobody is; what is known of it already stays as it is. @returns a fault where the addresses lead to several */
  async findOrCreate(em: EntityManager, ctx: TenantContext, person: Person): Promise<BookedContact | ResolutionFault> {
    const book = await this.openBook(em, ctx, [person]);
    const resolution = book.resolve(person);
    if (!('contact' in resolution)) return resolution;
    book.enrich(resolution.contact, person, 'fill');
    await this.saveBook(em, ctx, book);
    return resolution.contact;
  }

  /** Every contact that these people can turn out to be, locked for the rest of the transaction, but not for a dry run. Two statements at most. */
  async openBook(em: EntityManager, ctx: TenantContext, people: Person[], rehearsal?: Rehearsal): Promise<ContactBook> {
    if (!rehearsal && this.losers.delete(ctx)) await takeTurn(em, 'contacts.book', ctx.tenantId);
    const identities = new Set(people.flatMap(({ addresses }) => addresses.map(({ identity }) => identity)));
    const ids = new Set(people.flatMap(({ contactId }) => (contactId === undefined ? [] : [contactId])));
    const nationalIds = new Set(people.flatMap(({ nationalId }) => (nationalId === null ? [] : [nationalId])));
    const found = await (rehearsal ? FIND_BOOK : LOCK_BOOK).rows(em, [ctx.tenantId, [...identities], [...ids], [...nationalIds]]);
    const contacts = found.length === 0 ? [] : (await READ_BOOK.rows(em, [ctx.tenantId, found.map(({ id }) => id)])).map(known);
    const book = new ContactBook();
    for (const contact of rehearsal ? await rehearsed(em, contacts, identities, nationalIds, rehearsal) : contacts) book.add(contact);
    return book;
  }

  /**
   * Writes what a book has gathered; new contacts and addresses have their ids afterwards. Five statements at most. A dry run has
   * it noted for what follows.
   * @throws LostRace where somebody else has just made one of the new people: run again, the book will know them
   */
  async saveBook(em: EntityManager, ctx: TenantContext, book: ContactBook, rehearsal?: Rehearsal): Promise<void> {
    if (rehearsal) return noteBook(em, book, rehearsal);
    const created = [...book.contacts].filter((contact) => contact.isNew);
    const changed = [...book.contacts].filter((contact) => !contact.isNew && contact.changed);
    const addresses = [...created, ...changed].flatMap((contact) => contact.addresses.filter(({ id }) => id === undefined).map((address) => ({ contact, address })));
    await this.claimNationalIds(em, ctx, book, created);

    const ids = await NEXT_IDS.row(em, [created.length, addresses.length]);
    created.forEach((contact, at) => (contact.id = ids?.contacts[at]));
    addresses.forEach(({ address }, at) => (address.id = ids?.addresses[at]));
    if (created.length > 0) await INSERT_CONTACTS.rows(em, [ctx.tenantId, ...columnsOf(created)]);
    if (changed.length > 0) await UPDATE_CONTACTS.rows(em, [ctx.tenantId, ...columnsOf(changed)]);
    try {
      if (addresses.length > 0) await INSERT_ADDRESSES.rows(em, [ctx.tenantId, ...addressColumnsOf(addresses)]);
    } catch (error) {
      if (constraintOf(error) === 'uq_contact_addresses_identity') throw this.lost(ctx);
      throw error;
    }
    if (created.length > 0 || changed.length > 0) this.searchIndex.wasWritten();
  }

  /**
   * The documents let two contacts share a nationalId, so no constraint keeps two batches from making one person twice:
   * who makes contacts with nationalIds goes one at a time per tenant, and once it is their turn looks for whom the book lacks.
   */
  private async claimNationalIds(em: EntityManager, ctx: TenantContext, book: ContactBook, created: BookedContact[]): Promise<void> {
    const nationalIds = created.flatMap(({ nationalId }) => (nationalId === null ? [] : [nationalId]));
    if (nationalIds.length === 0) return;
    await takeTurn(em, 'contacts.national_id', ctx.tenantId);
    const holders = await FIND_NATIONAL_IDS.rows(em, [ctx.tenantId, nationalIds]);
    if (holders.some(({ id }) => !book.has(id))) throw this.lost(ctx);
  }

  private lost(ctx: TenantContext): LostRace {
    this.losers.add(ctx);
    return new LostRace();
  }
}

/** Whom people can turn out to be in a dry run: as earlier parts of it would have left them, else as they are; in the order in which they would be found. */
async function rehearsed(em: EntityManager, known: BookedContact[], identities: Iterable<string>, nationalIds: Iterable<string>, rehearsal: Rehearsal): Promise<BookedContact[]> {
  const owners = await rehearsal.recall<number>(em, 'contact.identity', identities);
  const namesakes = await rehearsal.recall<number[]>(em, 'contact.nationalId', nationalIds);
  const refs = new Set([...known.map(refOf), ...owners.values(), ...[...namesakes.values()].flat()]);
  const changed = await rehearsal.recall<BookedContact>(em, 'contact', [...refs].map(String));
  const contacts = [...known.filter(({ id }) => !changed.has(String(id))), ...changed.values()];
  return contacts.sort((one, other) => (one.id ?? Infinity) - (other.id ?? Infinity) || (other.ref ?? 0) - (one.ref ?? 0));
}

async function noteBook(em: EntityManager, book: ContactBook, rehearsal: Rehearsal): Promise<void> {
  const touched = [...book.contacts].filter(({ isNew, changed }) => isNew || changed);
  for (const contact of touched) if (contact.id === undefined) contact.ref ??= rehearsal.nextRef();
  const namesakes = await rehearsal.recall<number[]>(em, 'contact.nationalId', new Set(touched.flatMap(({ nationalId }) => nationalId ?? [])));
  for (const contact of touched) {
    if (contact.nationalId !== null) namesakes.set(contact.nationalId, [...new Set([...(namesakes.get(contact.nationalId) ?? []), refOf(contact) as number])]);
  }
  await rehearsal.note(em, 'contact', new Map(touched.map((contact) => [String(refOf(contact)), { ...contact, isNew: false, changed: false, madeBy: undefined }])));
  await rehearsal.note(em, 'contact.identity', new Map(touched.flatMap((contact) => contact.addresses.map(({ identity }) => [identity, refOf(contact)]))));
  await rehearsal.note(em, 'contact.nationalId', namesakes);
}

function known(row: KnownRow): BookedContact {
  return {
    id: row.id,
    isNew: false,
    firstName: row.first_name,
    lastName: row.last_name,
    nationalId: row.national_id,
    companyPosition: row.company_position,
    userId: row.user_id,
    customFields: row.custom_fields,
    addresses: row.addresses.map(([id, channelType, address, , , identity]) => ({ id, channelType, address, identity: identity ?? address })),
    changed: false,
  };
}

function columnsOf(contacts: BookedContact[]): unknown[] {
  return [
    contacts.map(({ id }) => id),
    contacts.map(({ firstName }) => firstName),
    contacts.map(({ lastName }) => lastName),
    contacts.map(({ nationalId }) => nationalId),
    contacts.map(({ companyPosition }) => companyPosition),
    contacts.map(({ userId }) => userId),
    contacts.map(({ customFields }) => JSON.stringify(customFields)),
    contacts.map(({ addresses }) => addresses.map(({ address }) => address).join(' ')),
  ];
}

function addressColumnsOf(addresses: { contact: BookedContact; address: BookedContact['addresses'][number] }[]): unknown[] {
  return [
    addresses.map(({ address }) => address.id),
    addresses.map(({ contact }) => contact.id),
    addresses.map(({ address }) => address.channelType),
    addresses.map(({ address }) => address.address),
    addresses.map(({ address }) => address.identity),
  ];
}
