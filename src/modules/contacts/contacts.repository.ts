import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { ChannelType, NormalAddress } from './contact-identity';

/** An address as the statements below give it: a tuple, since a page has many and names would be most of its bytes. */
export type AddressJson = [id: number, channelType: ChannelType, address: string, createdAt: string, updatedAt: string, identity: string | null];

/** A contact with its addresses, oldest first. Instants are PostgreSQL's text or JSON of one: see isoInstant. */
export interface ContactRow {
  id: number;
  tenant_id: number;
  provider_id: string | null;
  provider_name: string | null;
  national_id: string | null;
  first_name: string | null;
  last_name: string | null;
  user_id: number | null;
  contact_company_id: number | null;
  company_position: string | null;
  metadata: unknown;
  custom_fields: Record<string, unknown>;
  event_sequence: number;
  archived_at: string | null;
  created_at: string;
  updated_at: string;
  addresses: AddressJson[];
}

/** Everything that can be written of a contact, addresses apart. */
export interface ContactValues {
  providerId: string | null;
  providerName: string | null;
  nationalId: string | null;
  firstName: string | null;
  lastName: string | null;
  userId: number | null;
  contactCompanyId: number | null;
  companyPosition: string | null;
  metadata: unknown;
  customFields: Record<string, unknown>;
}

const NAMES = [
  'id',
  'tenant_id',
  'provider_id',
  'provider_name',
  'national_id',
  'first_name',
  'last_name',
  'user_id',
  'contact_company_id',
  'company_position',
  'metadata',
  'custom_fields',
  'event_sequence',
  'archived_at',
  'created_at',
  'updated_at',
];

/** A contact's own columns, of the table or row `alias`. */
export const contactColumns = (alias: string): string => NAMES.map((name) => `${alias}.${name}`).join(', ');

const ADDRESS_TUPLE = 'json_build_array(a.id, a.channel_type, a.address, a.created_at, a.updated_at, a.identity)';

/** The addresses of the contact `alias`, as AddressJson. */
export const addressesOf = (alias: string): string =>
  `coalesce((SELECT json_agg(${ADDRESS_TUPLE} ORDER BY a.id) FROM contact_addresses a WHERE a.tenant_id = ${alias}.tenant_id AND a.contact_id = ${alias}.id), '[]') AS addresses`;

/** What `search` looks into; contacts.api.ts writes the same for many at once. */
const SEARCH_TEXT = `fold(concat_ws(' ', $5::text, $6::text, $4::text, $9::text, array_to_string($12::text[], ' ')))`;

/** One contact comes as one JSON value: PostgreSQL writes it faster than node-pg reads sixteen columns. Of a page it is the other way. */
const asJson = (select: string): string => `SELECT row_to_json(one) AS contact FROM (${select}) AS one`;

type AsJson = { contact: ContactRow };

const GET = new Statement<AsJson>(
  'contact_get',
  asJson(`SELECT ${contactColumns('c')}, ${addressesOf('c')} FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2 AND c.erased_at IS NULL`),
);

const LOCK = new Statement<{ id: number }>('contact_lock', 'SELECT id FROM contacts WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL FOR NO KEY UPDATE');

const INSERT = new Statement<AsJson>(
  'contact_insert',
  `WITH contact AS (
     INSERT INTO contacts (tenant_id, provider_id, provider_name, national_id, first_name, last_name, user_id, contact_company_id,
       company_position, metadata, custom_fields, search_text, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, ${SEARCH_TEXT}, coalesce($13::timestamptz, now()))
     RETURNING ${NAMES.join(', ')}
   ), a AS (
     INSERT INTO contact_addresses (tenant_id, contact_id, channel_type, address, identity)
     SELECT contact.tenant_id, contact.id, sent.channel_type, sent.address, sent.identity
     FROM contact, unnest($14::text[], $12::text[], $15::text[]) WITH ORDINALITY AS sent (channel_type, address, identity, position)
     ORDER BY sent.position
     RETURNING id, channel_type, address, created_at, updated_at, identity
   )
   ${asJson(`SELECT ${contactColumns('contact')}, coalesce((SELECT json_agg(${ADDRESS_TUPLE} ORDER BY a.id) FROM a), '[]') AS addresses FROM contact`)}`,
);

const UPDATE = new Statement(
  'contact_update',
  `UPDATE contacts SET provider_id = $2, provider_name = $3, national_id = $4, first_name = $5, last_name = $6, user_id = $7,
     contact_company_id = $8, company_position = $9, metadata = $10, custom_fields = $11, search_text = ${SEARCH_TEXT},
     event_sequence = event_sequence + 1, updated_at = now()
   WHERE tenant_id = $1 AND id = $13`,
);

const DELETE_ADDRESSES = new Statement('contact_addresses_delete', 'DELETE FROM contact_addresses WHERE tenant_id = $1 AND contact_id = $2 AND id = ANY($3::bigint[])');

const RELEASE_IDENTITIES = new Statement('contact_addresses_release', 'UPDATE contact_addresses SET identity = NULL WHERE tenant_id = $1 AND contact_id = $2 AND id = ANY($3::bigint[])');

const CHANGE_ADDRESSES = new Statement(
  'contact_addresses_change',
  `UPDATE contact_addresses a SET address = changed.address, identity = changed.identity, updated_at = now()
   FROM unnest($3::bigint[], $4::text[], $5::text[]) AS changed (id, address, identity)
   WHERE a.tenant_id = $1 AND a.contact_id = $2 AND a.id = changed.id`,
);

const INSERT_ADDRESSES = new Statement(
  'contact_addresses_insert',
  `INSERT INTO contact_addresses (tenant_id, contact_id, channel_type, address, identity)
   SELECT $1, $2, sent.channel_type, sent.address, sent.identity
   FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS sent (channel_type, address, identity, position) ORDER BY sent.position`,
);

const DELETE = new Statement('contact_delete', 'DELETE FROM contacts WHERE tenant_id = $1 AND id = $2');

// Out of sight at once; the row itself goes once nothing refers to it any more, for each reference is a row to be written.
const HIDE = new Statement(
  'contact_hide',
  `UPDATE contacts SET provider_id = NULL, provider_name = NULL, national_id = NULL, first_name = NULL, last_name = NULL, user_id = NULL, contact_company_id = NULL,
     company_position = NULL, metadata = NULL, custom_fields = '{}', search_text = '', archived_at = coalesce(archived_at, now()), erased_at = now()
   WHERE tenant_id = $1 AND id = $2`,
);

const DELETE_ALL_ADDRESSES = new Statement('contact_addresses_delete_all', 'DELETE FROM contact_addresses WHERE tenant_id = $1 AND contact_id = $2');

const FIND_HIDDEN = new Statement<{ id: number }>('contact_find_hidden', 'SELECT id FROM contacts WHERE tenant_id = $1 AND id = $2 AND erased_at IS NOT NULL');

// Waits for whoever is writing something about the contact, and keeps everybody else from it.
const LOCK_HIDDEN = new Statement<{ id: number }>('contact_lock_hidden', 'SELECT id FROM contacts WHERE tenant_id = $1 AND id = $2 AND erased_at IS NOT NULL FOR UPDATE');

const SET_ARCHIVED = new Statement(
  'contact_set_archived',
  `UPDATE contacts SET archived_at = CASE WHEN $3 THEN now() END, event_sequence = event_sequence + 1, updated_at = now()
   WHERE tenant_id = $1 AND id = $2 AND (archived_at IS NOT NULL) <> $3`,
);

const HOLDER = new Statement<{ contact_id: number; address: string }>(
  'contact_address_holder',
  'SELECT contact_id, address FROM contact_addresses WHERE tenant_id = $1 AND identity = ANY($2::text[]) AND contact_id <> $3 ORDER BY id LIMIT 1',
);

/** What find() and save() cannot say: a contact and its addresses in one round trip. */
@Injectable()
export class ContactsRepository {
  async get(em: EntityManager, ctx: Pick<TenantContext, 'tenantId'>, id: number): Promise<ContactRow | undefined> {
    return (await GET.row(em, [ctx.tenantId, id]))?.contact;
  }

  /** Holds the contact for the rest of the transaction. @returns false where there is none */
  async lock(em: EntityManager, ctx: TenantContext, id: number): Promise<boolean> {
    return (await LOCK.row(em, [ctx.tenantId, id])) !== undefined;
  }

  /** One statement: needs no transaction around it. */
  async insert(em: EntityManager, ctx: TenantContext, values: ContactValues, addresses: NormalAddress[], createdAt: Date | undefined): Promise<ContactRow> {
    const row = await INSERT.row(em, [
      ...columnsOf(ctx, values),
      addresses.map(({ address }) => address),
      createdAt ?? null,
      addresses.map(({ channelType }) => channelType),
      heldIdentities(addresses),
    ]);
    return (row as AsJson).contact;
  }

  /** @param addresses all that the contact has now, for its search text */
  async update(em: EntityManager, ctx: TenantContext, id: number, values: ContactValues, addresses: string[]): Promise<void> {
    await UPDATE.rows(em, [...columnsOf(ctx, values), addresses, id]);
  }

  /**
   * Makes `wanted` the contact's addresses. What is kept keeps its id, and so does an address that gives way to another of its
   * channel: the first stays the first. Each identity ends with exactly one holder.
   */
  async replaceAddresses(em: EntityManager, ctx: TenantContext, id: number, current: AddressJson[], wanted: NormalAddress[]): Promise<void> {
    const holders = heldIdentities(wanted);
    const gone = current.filter((row) => !wanted.some((address) => isRowOf(address, row)));
    const added: { address: NormalAddress; identity: string | null }[] = [];
    const changed: { id: number; address: string; identity: string | null }[] = [];
    wanted.forEach((address, at) => {
      const identity = holders[at] ?? null;
      const kept = current.find((row) => isRowOf(address, row));
      const reused = kept ?? takeFirst(gone, (row) => row[1] === address.channelType);
      if (!reused) added.push({ address, identity });
      else if (!kept || kept[5] !== identity) changed.push({ id: reused[0], address: address.address, identity });
    });

    const scope = [ctx.tenantId, id];
    if (gone.length > 0) await DELETE_ADDRESSES.rows(em, [...scope, gone.map(([addressId]) => addressId)]);
    if (changed.length > 0) {
      // UNIQUE is checked row by row: all give their identities up before any takes one.
      await RELEASE_IDENTITIES.rows(em, [...scope, changed.map((row) => row.id)]);
      await CHANGE_ADDRESSES.rows(em, [...scope, changed.map((row) => row.id), changed.map((row) => row.address), changed.map((row) => row.identity)]);
    }
    if (added.length > 0) {
      const columns = [added.map(({ address }) => address.channelType), added.map(({ address }) => address.address), added.map(({ identity }) => identity)];
      await INSERT_ADDRESSES.rows(em, [...scope, ...columns]);
    }
  }

  async delete(em: EntityManager, ctx: Pick<TenantContext, 'tenantId'>, id: number): Promise<void> {
    await DELETE.rows(em, [ctx.tenantId, id]);
  }

  /** Nobody's any more: no list, no search and no id leads to it, and nothing of the person is in it. */
  async hide(em: EntityManager, ctx: Pick<TenantContext, 'tenantId'>, id: number): Promise<void> {
    await DELETE_ALL_ADDRESSES.rows(em, [ctx.tenantId, id]);
    await HIDE.rows(em, [ctx.tenantId, id]);
  }

  /** Whether something may still refer to one that nobody can see any more. */
  async isHidden(em: EntityManager, ctx: Pick<TenantContext, 'tenantId'>, id: number): Promise<boolean> {
    return (await FIND_HIDDEN.row(em, [ctx.tenantId, id])) !== undefined;
  }

  /** Until the transaction ends nobody writes what refers to it. @returns false where it has gone */
  async lockHidden(em: EntityManager, ctx: Pick<TenantContext, 'tenantId'>, id: number): Promise<boolean> {
    return (await LOCK_HIDDEN.row(em, [ctx.tenantId, id])) !== undefined;
  }

  /** Changes nothing where it is so already. */
  async setArchived(em: EntityManager, ctx: TenantContext, id: number, archived: boolean): Promise<void> {
    await SET_ARCHIVED.rows(em, [ctx.tenantId, id, archived]);
  }

  /** Another contact that one of these identities belongs to. */
  holderOf(em: EntityManager, ctx: TenantContext, addresses: NormalAddress[], except = 0): Promise<{ contact_id: number; address: string } | undefined> {
    return HOLDER.row(em, [ctx.tenantId, addresses.map(({ identity }) => identity), except]);
  }
}

const isRowOf = (address: NormalAddress, row: AddressJson): boolean => row[1] === address.channelType && row[2] === address.address;

function takeFirst<T>(items: T[], matches: (item: T) => boolean): T | undefined {
  const at = items.findIndex(matches);
  return at < 0 ? undefined : items.splice(at, 1)[0];
}

function columnsOf(ctx: TenantContext, values: ContactValues): unknown[] {
  return [
    ctx.tenantId,
    values.providerId,
    values.providerName,
    values.nationalId,
    values.firstName,
    values.lastName,
    values.userId,
    values.contactCompanyId,
    values.companyPosition,
    values.metadata === null || values.metadata === undefined ? null : JSON.stringify(values.metadata),
    JSON.stringify(values.customFields),
  ];
}

/** Each address's identity, or null where an earlier one of the same contact holds it. */
function heldIdentities(addresses: NormalAddress[]): (string | null)[] {
  const held = new Set<string>();
  return addresses.map(({ identity }) => (held.has(identity) ? null : (held.add(identity), identity)));
}
