import * as people from './people.mjs';

const { CONTACTS, FIRST_NAMES, SCRAMBLE, SEEDED_AREA, SEEDED_SURNAMES, SURNAMES } = people;

export const SEEDED_CONVERSATIONS = 20_000;

/** Both schemas have these columns under these names: the same statements fill both, with the same rows. */
const CONTACTS_SQL = `
  WITH person AS (
    SELECT n,
      CASE WHEN n % 3 = 0 THEN ($2::int[])[1 + n / 3 % cardinality($2)] ELSE $1::int END AS tenant_id,
      ($3::text[])[1 + n % cardinality($3)] AS first_name,
      ($4::text[])[1 + n % cardinality($4)] || ' ' || initcap(concat(${rareLetters('drawn')})) AS last_name,
      CASE WHEN n % 3 = 1 THEN lpad((n * 53 % 100000000)::text, 8, '0') || '-' || n % 10 END AS national_id,
      CASE WHEN n % 5 = 0 THEN 'Gerente' END AS company_position,
      timestamptz '2024-01-01 00:00:00Z' + n * interval '6 minutes' AS created_at
    FROM generate_series(1, ${CONTACTS}::bigint) AS n,
      LATERAL (SELECT (n * 7919 % ${SEEDED_SURNAMES} + 1) * ${people.MULTIPLIER} % ${people.MODULUS} AS drawn) AS surname
  ), contact AS (
    INSERT INTO contacts (id, tenant_id, national_id, first_name, last_name, company_position, custom_fields, search_text,
      created_at, updated_at)
    SELECT n, tenant_id, national_id, first_name, last_name, company_position,
      jsonb_build_object('vehicle', 'Nissan Versa 2025', 'payment_amount', round(1000 + n % 900000 / 100.0, 2),
        'bank_account_name', 'Banco de Chile', 'bank_account_ending', lpad((n % 10000)::text, 4, '0')),
      fold(concat_ws(' ', first_name, last_name, national_id, company_position, ${phone('n')}, ${email('n')})),
      created_at, created_at
    FROM person ORDER BY n
  )
  INSERT INTO contact_addresses (tenant_id, contact_id, channel_type, address, identity, created_at, updated_at)
  SELECT tenant_id, n, channel_type, address, address, created_at, created_at
  FROM person, LATERAL (VALUES ('PHONE', ${phone('n')}), ('EMAIL', ${email('n')})) AS one (channel_type, address)
  WHERE address IS NOT NULL ORDER BY n, channel_type DESC`;

const CONVERSATIONS_SQL = `
  WITH conversation AS (
    INSERT INTO conversations (tenant_id, contact_id, funnel_id, funnel_status_id, custom_fields, created_at, updated_at)
    SELECT tenant_id, id, $2::bigint, $3::bigint, custom_fields, created_at, created_at
    FROM contacts WHERE tenant_id = $1 ORDER BY id LIMIT ${SEEDED_CONVERSATIONS} RETURNING *
  )
  INSERT INTO channel_sessions (tenant_id, funnel_conversation_id, contact_address_id, channel_type, start_time)
  SELECT c.tenant_id, c.id, a.id, a.channel_type, c.created_at
  FROM conversation c JOIN contact_addresses a ON a.tenant_id = c.tenant_id AND a.contact_id = c.contact_id`;

export async function seed(side) {
  await side.db.query(CONTACTS_SQL, [side.tenantId, side.otherTenantIds, FIRST_NAMES, SURNAMES]);
  await side.db.query(`SELECT setval(pg_get_serial_sequence('contacts', 'id'), ${CONTACTS})`);
  side.seededFunnel = await side.createFunnel('seeded');
  await side.db.query(CONVERSATIONS_SQL, [side.tenantId, side.seededFunnel.id, side.seededFunnel.statusIds[0]]);
  const { rows } = await side.db.query('SELECT id::int FROM conversations ORDER BY id');
  side.seededConversationIds = rows.map(({ id }) => id);
}

/** Fresh statistics, and no search entries pending from what was written before. */
export const settle = (side) => side.db.query('VACUUM ANALYZE');

function rareLetters(drawn) {
  const letterAt = (at) => {
    const letters = at % 2 === 0 ? people.CONSONANTS : people.VOWELS;
    return `substr('${letters}', (1 + ${drawn} / ${people.weightOf(at)} % ${letters.length})::int, 1)`;
  };
  return Array.from({ length: 9 }, (_, at) => letterAt(at)).join(', ');
}

function phone(n) {
  return `'${SEEDED_AREA}' || lpad((${n} * ${SCRAMBLE} % 100000000)::text, 8, '0')`;
}

function email(n) {
  return `CASE WHEN ${n} % 2 = 0 THEN lower(unaccent(first_name)) || '.' || ${n} || '@example.com' END`;
}
