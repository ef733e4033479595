import { type Field, FilterFault, type Operator, condition } from '../../platform/listing/field';
import type { ListDefinition } from '../../platform/listing/lists';
import type { Sql } from '../../platform/listing/sql';
import { CHANNEL_TYPES, identitiesOf } from './contact-identity';
import { type ContactRow, addressesOf, contactColumns } from './contacts.repository';

/** Of search text that is nothing but a number: its digits, which is how numbers are stored. */
const digitsOf = (text: string): string | undefined => (/^[\s\d+().-]{5,}$/.test(text) ? text.replace(/[^\d]/g, '') : undefined);

const SEARCH_TEXT = 'c.search_text';
const text = (sql: string): Field => ({ type: 'text', sql, containedIn: SEARCH_TEXT });
const quoted = (literal: string): string => `'${literal.replaceAll("'", "''")}'`;

/** Any of the contact's addresses: equality by identity, so that a number is found however it is written. */
const addressField = (country: string, channelType?: string): Field => ({
  type: 'text',
  sql: 'c.id',
  sortable: false,
  condition: (operator, values, sql) => {
    if (operator === 'eq' || operator === 'in') {
      const identities = sql.bind(values.flatMap((value) => identitiesOf(value, country)));
      return `c.id = ANY(ARRAY(SELECT contact_id FROM contact_addresses WHERE (tenant_id = $1) IS TRUE AND identity = ANY(${identities}::text[])))`;
    }
    const normal = values.map((value) => digitsOf(value) ?? value);
    const address: Field = { type: 'text', sql: 'a.address' };
    const substring = operator === 'contains' || operator === 'startsWith' || operator === 'endsWith';
    // A number's stored form begins with +, which who searches by its first digits leaves out.
    const matched = operator === 'startsWith' && digitsOf(values[0] ?? '') ? [`+${(normal[0] ?? '').replace(/^\+/, '')}`] : normal;
    const narrowed = substring && (normal[0] ?? '').length >= 3 ? ` AND ${SEARCH_TEXT} LIKE ${sql.like(normal[0] ?? '')}` : '';
    const ofChannel = channelType ? ` AND a.channel_type = ${quoted(channelType)}` : '';
    const matches = operator === 'exists' ? 'TRUE' : condition(address, operator, matched, sql);
    return `EXISTS (SELECT 1 FROM contact_addresses a WHERE a.tenant_id = c.tenant_id AND a.contact_id = c.id${ofChannel} AND ${matches})${narrowed}`;
  },
});

const CHANNEL_TYPE: Field = {
  type: 'text',
  oneOf: CHANNEL_TYPES,
  sql: 'c.id',
  sortable: false,
  condition: (operator, values, sql) => {
    const matches = operator === 'exists' ? 'TRUE' : condition({ type: 'text', sql: 'a.channel_type' }, operator, values, sql);
    return `EXISTS (SELECT 1 FROM contact_addresses a WHERE a.tenant_id = c.tenant_id AND a.contact_id = c.id AND ${matches})`;
  },
};

const ORDERED: ReadonlySet<Operator> = new Set(['gt', 'gte', 'lt', 'lte', 'between']);

/** A value inside the `custom_fields` of `alias`: numbers are ordered as numbers, all else compares as text. */
export function customField(alias: string, name: string): Field | undefined {
  const key = /^customFields\.(.{1,255})$/s.exec(name)?.[1];
  if (key === undefined) return undefined;
  const json = `${alias}.custom_fields -> ${quoted(key)}`;
  const asText = `(${alias}.custom_fields ->> ${quoted(key)})`;
  return {
    type: 'text',
    sql: asText,
    condition: (operator, values, sql: Sql) => {
      if (!ORDERED.has(operator)) return undefined;
      const numbers = values.filter((value) => value.trim() !== '' && Number.isFinite(Number(value)));
      if (numbers.length === 0) return undefined;
      if (numbers.length < values.length) throw new FilterFault(`${operator} takes two numbers or two texts, not one of each`);
      return `CASE WHEN jsonb_typeof(${json}) = 'number' THEN ${condition({ type: 'number', sql: `${asText}::numeric` }, operator, values, sql)} END`;
    },
  };
}

/** A list of contacts for each country that a tenant's phones can be of, made when first asked for. */
export function contactsListOf<Item>(read: (row: ContactRow) => Item): (country: string) => ListDefinition<ContactRow, Item> {
  const byCountry = new Map<string, ListDefinition<ContactRow, Item>>();
  return (country) => {
    const list = byCountry.get(country) ?? contactsList(country, read);
    byCountry.set(country, list);
    return list;
  };
}

/** How contacts are listed and searched. @param country of phone numbers without a country code */
function contactsList<Item>(country: string, read: (row: ContactRow) => Item): ListDefinition<ContactRow, Item> {
  return {
    name: 'contacts',
    from: 'contacts c',
    columns: contactColumns('c'),
    tenantColumn: 'c.tenant_id',
    idColumn: 'c.id',
    condition: 'c.erased_at IS NULL',
    baseCondition: 'c.archived_at IS NULL',
    countAll: 'SELECT coalesce(sum(unarchived), 0) FROM contact_counts WHERE tenant_id = $1',
    fields: {
      id: { type: 'number', sql: 'c.id' },
      firstName: text('c.first_name'),
      lastName: text('c.last_name'),
      nationalId: text('c.national_id'),
      companyPosition: text('c.company_position'),
      providerId: { type: 'text', sql: 'c.provider_id' },
      providerName: { type: 'text', sql: 'c.provider_name' },
      userId: { type: 'number', sql: 'c.user_id' },
      contactCompanyId: { type: 'number', sql: 'c.contact_company_id' },
      eventSequence: { type: 'number', sql: 'c.event_sequence' },
      createdAt: { type: 'instant', sql: 'c.created_at' },
      updatedAt: { type: 'instant', sql: 'c.updated_at' },
      archivedAt: { type: 'instant', sql: 'c.archived_at' },
      email: addressField(country, 'EMAIL'),
      phone: addressField(country, 'PHONE'),
      'addresses.address': addressField(country),
      'addresses.channelType': CHANNEL_TYPE,
    },
    fieldOf: (name) => customField('c', name),
    dynamicFields: ['customFields.<fieldKey>'],
    search: (term, sql) => {
      const digits = digitsOf(term);
      const found = `${SEARCH_TEXT} LIKE ${sql.like(term)}`;
      return digits && digits !== term ? `(${found} OR ${SEARCH_TEXT} LIKE ${sql.like(digits)})` : found;
    },
    defaultSort: ['createdAt', 'desc'],
    wrap: (page) => `SELECT c.*, ${addressesOf('c')} FROM (${page}) AS c`,
    read,
  };
}
