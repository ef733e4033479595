import { randomUUID } from 'node:crypto';
import { addressesOf } from './normal-address.mjs';
import { transaction } from './pool.mjs';

const MATCH = 'SELECT id, contact_id, identity FROM contact_addresses WHERE tenant_id = $1 AND identity = ANY($2)';
const NEW_IDS = `SELECT nextval('contacts_id_seq') AS contact, nextval('conversations_id_seq') AS conversation
  FROM generate_series(1, $1)`;
const CONTACTS = `INSERT INTO contacts (tenant_id, id, first_name, last_name, national_id, custom_fields, search_text)
  SELECT $1, id, first_name, last_name, national_id, custom_fields,
    fold(concat_ws(' ', first_name, last_name, national_id, addresses))
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::text[])
    AS new (id, first_name, last_name, national_id, custom_fields, addresses)`;
const ADDRESSES = `INSERT INTO contact_addresses (tenant_id, contact_id, channel_type, address, identity)
  SELECT $1, contact_id, channel_type, address, address
  FROM unnest($2::bigint[], $3::text[], $4::text[]) AS new (contact_id, channel_type, address) RETURNING id, identity`;
const MORE_TO_SEARCH = `UPDATE contacts SET search_text = search_text || ' ' || fold(more.address)
  FROM unnest($2::bigint[], $3::text[]) AS more (id, address) WHERE contacts.tenant_id = $1 AND contacts.id = more.id`;
const CONVERSATIONS = `INSERT INTO conversations (tenant_id, id, contact_id, funnel_id, funnel_status_id, custom_fields)
  SELECT $1, new.id, contact_id, funnel_id, funnels.status_ids[1], custom_fields
  FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::jsonb[]) AS new (id, contact_id, funnel_id, custom_fields)
  JOIN funnels ON funnels.tenant_id = $1 AND funnels.id = new.funnel_id`;
const SESSIONS = `INSERT INTO channel_sessions
    (tenant_id, funnel_conversation_id, contact_address_id, channel_type, start_time)
  SELECT $1, conversation_id, address_id, channel_type, now()
  FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS new (conversation_id, address_id, channel_type)`;
const UPDATE = `UPDATE conversations AS c SET updated_at = now(),
    funnel_status_id = coalesce(new.status_id, c.funnel_status_id), custom_fields = c.custom_fields || new.custom_fields
  FROM unnest($2::bigint[], $3::bigint[], $4::jsonb[]) AS new (id, status_id, custom_fields)
  JOIN conversations AS old ON old.tenant_id = $1 AND old.id = new.id
  JOIN funnels ON funnels.tenant_id = $1 AND funnels.id = old.funnel_id
  WHERE c.tenant_id = $1 AND c.id = new.id AND (new.status_id IS NULL OR new.status_id = ANY(funnels.status_ids))
  RETURNING c.id`;

/** Items of conversations with contacts by value; a fixed number of statements however many items. */
export function bulkCreate(pool, tenantId, items) {
  const issues = [];
  const valid = items.flatMap((item, index) => {
    const addresses = addressesOf(item.contact ?? {}, item.country);
    if (addresses.length > 0 && addresses.every(({ address }) => address)) return [{ ...item, index, addresses }];
    issues.push(issue(index, { errors: [{ field: 'contact', code: 'INVALID_VALUE', message: 'has no valid address' }] }));
    return [];
  });
  return transaction(pool, async (client) => {
    const run = (name, text, values) => client.query({ name, text, values }).then(({ rows }) => rows);
    const identities = valid.flatMap(({ addresses }) => addresses.map(({ address }) => address));
    const known = new Map((await run('match', MATCH, [tenantId, identities])).map((row) => [row.identity, row]));
    const plan = planOf(valid, known, await run('new_ids', NEW_IDS, [valid.length]), issues);

    await run('contacts', CONTACTS, [tenantId, ...plan.contacts]);
    for (const row of await run('addresses', ADDRESSES, [tenantId, ...plan.addresses])) known.get(row.identity).id = row.id;
    if (plan.more[0].length > 0) await run('more_to_search', MORE_TO_SEARCH, [tenantId, ...plan.more]);
    await run('conversations', CONVERSATIONS, [tenantId, ...plan.conversations]);
    const [conversations, addresses, channels] = plan.sessions;
    await run('sessions', SESSIONS, [tenantId, conversations, addresses.map((address) => known.get(address).id), channels]);
    return reportOf(items.length, plan.conversations[0].length, valid.length - plan.conversations[0].length, issues);
  });
}

/** Columns, not rows: they are what unnest takes. */
function planOf(items, known, newIds, issues) {
  const columns = (count) => Array.from({ length: count }, () => []);
  const plan = { contacts: columns(6), addresses: columns(3), more: columns(2), conversations: columns(4), sessions: columns(3) };
  const add = (table, values) => values.forEach((value, column) => plan[table][column].push(value));
  const seen = new Set();
  for (const [at, { index, contact, addresses, funnelId, customFields }] of items.entries()) {
    const matched = addresses.map(({ address }) => known.get(address)).find(Boolean);
    const contactId = matched?.contact_id ?? newIds[at].contact;
    if (seen.has(contactId)) continue; // an earlier item of the batch made its conversation
    seen.add(contactId);
    if (matched) issues.push(matchIssue(index, contactId, addresses));
    else {
      const text = addresses.map(({ address }) => address).join(' ');
      add('contacts', [contactId, contact.firstName, contact.lastName, contact.nationalId, JSON.stringify(contact.customFields ?? {}), text]);
    }
    const conversationId = newIds[at].conversation;
    add('conversations', [conversationId, contactId, funnelId, JSON.stringify(customFields ?? {})]);
    for (const { address, channelType } of addresses) {
      if (!known.has(address)) {
        known.set(address, { contact_id: contactId });
        add('addresses', [contactId, channelType, address]);
        if (matched) add('more', [contactId, address]);
      }
      add('sessions', [conversationId, address, channelType]);
    }
  }
  return plan;
}

export async function bulkUpdate(pool, tenantId, items) {
  const columns = [[], [], []];
  for (const { id, funnelStatusId, customFields } of items) {
    [id, funnelStatusId, JSON.stringify(customFields ?? {})].forEach((value, column) => columns[column].push(value));
  }
  const { rows } = await pool.query({ name: 'bulk_update', text: UPDATE, values: [tenantId, ...columns] });
  const updated = new Set(rows.map(({ id }) => id));
  const issues = items.flatMap(({ id }, index) =>
    updated.has(id) ? [] : [issue(index, { itemId: id, errors: [{ field: 'id', code: 'CONVERSATION_NOT_FOUND', message: 'is unknown' }] })],
  );
  return reportOf(items.length, updated.size, 0, issues);
}

const issue = (index, given) => ({ index, itemId: null, errors: [], warnings: [], existingEntities: {}, ...given });

function matchIssue(index, id, matchedBy) {
  const warnings = [{ field: 'contact', code: 'EXISTING_CONTACT_MATCHED', message: `is contact ${id}, matched by its addresses` }];
  return issue(index, { warnings, existingEntities: { contacts: [{ id, matchedBy }], conversations: [] } });
}

function reportOf(total, successful, duplicates, itemsIssues) {
  const errors = total - successful - duplicates;
  const counts = { successful, warnings: itemsIssues.filter(({ warnings }) => warnings.length > 0).length, duplicates, errors, total };
  return { message: `${successful} of ${total} done`, operationId: `op_${randomUUID()}`, report: { itemsIssues, batchErrors: [], counts } };
}
