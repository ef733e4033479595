import { normalEmail, normalPhone } from './normal-address.mjs';

const ADDRESSES = `
  SELECT json_agg(json_build_object('id', a.id, 'tenantId', a.tenant_id::text, 'contactId', a.contact_id,
    'channelType', a.channel_type, 'address', a.address,
    'createdAt', a.created_at, 'updatedAt', a.updated_at) ORDER BY a.id) AS addresses
  FROM contact_addresses a WHERE a.tenant_id = c.tenant_id AND a.contact_id = c.id`;
const COLUMNS = `c.id, c.tenant_id, c.provider_id, c.provider_name, c.national_id, c.first_name, c.last_name, c.user_id,
  c.contact_company_id, c.company_position, c.metadata, c.custom_fields, c.event_sequence, c.archived_at,
  c.created_at, c.updated_at`;

/** The rows of a page by themselves first: the addresses of 21 contacts, not of all that were looked at. */
const withAddresses = (page) => `SELECT ${COLUMNS}, addresses FROM (${page}) c
  CROSS JOIN LATERAL (${ADDRESSES}) a ORDER BY c.created_at DESC, c.id DESC`;
const NEWEST_FIRST = 'ORDER BY created_at DESC, id DESC LIMIT';

const GET = `SELECT ${COLUMNS}, (${ADDRESSES}) FROM contacts c WHERE c.tenant_id = $1 AND c.id = $2`;
const FIRST_PAGE = withAddresses(`SELECT * FROM contacts WHERE tenant_id = $1 ${NEWEST_FIRST} $2`);
const NEXT_PAGE = withAddresses(
  `SELECT * FROM contacts WHERE tenant_id = $1 AND (created_at, id) < ($3::timestamptz, $4::bigint) ${NEWEST_FIRST} $2`,
);
const BY_ADDRESS = withAddresses(
  `SELECT found.* FROM contact_addresses a JOIN contacts found ON found.tenant_id = a.tenant_id AND found.id = a.contact_id
   WHERE a.tenant_id = $1 AND a.identity = $3 ORDER BY found.created_at DESC, found.id DESC LIMIT $2`,
);
const BY_TEXT = withAddresses(
  `SELECT * FROM contacts WHERE tenant_id = $1 AND search_text LIKE '%' || fold($3) || '%' ${NEWEST_FIRST} $2`,
);
const CREATE = `
  WITH c AS (
    INSERT INTO contacts (tenant_id, national_id, first_name, last_name, company_position, custom_fields, search_text)
    VALUES ($1, $2, $3, $4, $5, $6, fold(concat_ws(' ', $3::text, $4::text, $2::text, $5::text, array_to_string($8::text[], ' '))))
    RETURNING *
  ), a AS (
    INSERT INTO contact_addresses (tenant_id, contact_id, channel_type, address, identity)
    SELECT c.tenant_id, c.id, given.channel_type, given.address, given.address
    FROM c, unnest($7::text[], $8::text[]) AS given (channel_type, address) RETURNING *
  )
  SELECT ${COLUMNS}, (${ADDRESSES.replace('contact_addresses a', 'a')}) FROM c`;

export function contactRoutes(server, pool) {
  const page = async (size, name, text, values) => {
    const { rows } = await pool.query({ name, text, values });
    const last = rows.length > size ? rows[size - 1] : undefined;
    return { items: rows.slice(0, size), nextPageToken: last && tokenOf(last) };
  };
  const listed = ({ items, nextPageToken }) => ({ items: items.map(contactOf), nextPageToken });

  server.get('/api/v1/contacts/:id', async ({ tenantId, params }, reply) => {
    const { rows } = await pool.query({ name: 'get', text: GET, values: [tenantId, params.id] });
    return rows[0] ? contactOf(rows[0]) : reply.code(404).send({ code: 404, error: 'CONTACT_NOT_FOUND' });
  });

  server.get('/api/v1/contacts', async ({ tenantId, query }) => {
    const size = Math.min(Number(query.pageSize ?? 20), 100);
    if (!query.pageToken) return listed(await page(size, 'first_page', FIRST_PAGE, [tenantId, size + 1]));
    return listed(await page(size, 'next_page', NEXT_PAGE, [tenantId, size + 1, ...keysOf(query.pageToken)]));
  });

  server.post('/api/v1/contacts', async ({ tenantId, body }, reply) => {
    const addresses = body.addresses.map(({ channelType, address }) => [channelType, normalAddress(address)]);
    if (addresses.some(([, address]) => !address)) return reply.code(400).send({ code: 400, error: 'VALIDATION_FAILED' });
    const { nationalId, firstName, lastName, companyPosition, customFields } = body;
    const channels = addresses.map(([channelType]) => channelType);
    const texts = addresses.map(([, address]) => address);
    const values = [tenantId, nationalId, firstName, lastName, companyPosition, customFields ?? {}, channels, texts];
    const { rows } = await pool.query({ name: 'create', text: CREATE, values });
    return contactOf(rows[0]);
  });

  server.post('/api/v1/contacts/search', async ({ tenantId, body }) => {
    const size = Math.min(body.size ?? 20, 200);
    const [filter] = body.filters ?? [];
    const found = filter
      ? await page(size, 'by_address', BY_ADDRESS, [tenantId, size + 1, normalAddress(filter.value)])
      // No name, so that it is planned for its term: a rare one by the trigrams, a common one by the order.
      : await page(size, undefined, BY_TEXT, [tenantId, size + 1, body.search]);
    return { items: found.items.map(documentOf), nextPageToken: found.nextPageToken };
  });
}

const normalAddress = (text) => (text.includes('@') ? normalEmail(text) : normalPhone(text));
const tokenOf = (row) => Buffer.from(JSON.stringify([row.created_at, row.id])).toString('base64url');
const keysOf = (token) => JSON.parse(Buffer.from(token, 'base64url').toString());
const firstOf = (addresses, channelType) => addresses.find((address) => address.channelType === channelType)?.address ?? null;

function contactOf(row) {
  const addresses = row.addresses ?? [];
  return {
    id: row.id,
    tenantId: String(row.tenant_id),
    providerId: row.provider_id,
    providerName: row.provider_name,
    nationalId: row.national_id,
    firstName: row.first_name,
    lastName: row.last_name,
    email: firstOf(addresses, 'EMAIL'),
    phone: firstOf(addresses, 'PHONE'),
    userId: row.user_id,
    contactCompanyId: row.contact_company_id,
    companyPosition: row.company_position,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    customFields: row.custom_fields,
    addresses,
  };
}

function documentOf(row) {
  const contact = contactOf(row);
  return {
    ...contact,
    id: String(contact.id),
    modelType: 'Contact',
    archivedAt: row.archived_at,
    eventSequence: row.event_sequence,
    eventTimestamp: contact.updatedAt,
  };
}
