import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { CsvColumn } from '../../platform/http/send-csv';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { ContactDto } from './dto/contact.dto';

const NUMBERS = new Set(['PHONE', 'SMS', 'WHATSAPP']);
const isNumber = ({ channelType, address }: ContactDto['addresses'][number]): boolean => NUMBERS.has(channelType) && address.startsWith('+');

const joined = (addresses: string[]): string => [...new Set(addresses)].join('; ');

/** Who somebody is, by names that an import knows, so that it finds or makes them again; several phones are one cell. */
export const PERSON_COLUMNS: readonly CsvColumn<ContactDto>[] = [
  { name: 'contactId', of: ({ id }) => id },
  { name: 'firstName', of: ({ firstName }) => firstName },
  { name: 'lastName', of: ({ lastName }) => lastName },
  { name: 'phone', of: ({ addresses }) => joined(addresses.filter(isNumber).map(({ address }) => address)) },
  { name: 'email', of: ({ addresses }) => joined(addresses.filter(({ channelType }) => channelType === 'EMAIL').map(({ address }) => address)) },
  { name: 'nationalId', of: ({ nationalId }) => nationalId },
  { name: 'companyPosition', of: ({ companyPosition }) => companyPosition },
  {
    name: 'otherAddresses',
    of: ({ addresses }) => joined(addresses.filter((address) => address.channelType !== 'EMAIL' && !isNumber(address)).map(({ channelType, address }) => `${channelType}:${address}`)),
  },
];

const MAX_KEYS = 500;
const keysOf = (table: string) =>
  new Statement<{ key: string }>(`custom_field_keys_${table}`, `SELECT DISTINCT jsonb_object_keys(custom_fields) AS key FROM ${table} WHERE tenant_id = $1 ORDER BY key LIMIT ${MAX_KEYS}`);
const KEYS = { contacts: keysOf('contacts'), conversations: keysOf('conversations') };

/** A column for each custom field that any of the tenant's rows has, defined or not; at most 500. */
export async function customFieldColumns(em: EntityManager, ctx: TenantContext, table: keyof typeof KEYS, prefix: string): Promise<CsvColumn<{ customFields: Record<string, unknown> }>[]> {
  const rows = await KEYS[table].rows(em, [ctx.tenantId]);
  return rows.map(({ key }) => ({ name: `${prefix}${key}`, of: ({ customFields }) => (Object.hasOwn(customFields, key) ? customFields[key] : null) }));
}
