-- Rows as the first release wrote them, to be read beside first-schema.sql.
DROP INDEX ix_contacts_search; -- made again below: row by row it would take most of the time

INSERT INTO tenants (id, name, default_country) VALUES (1, 'default', 'CL'), (2, 'other', NULL);
INSERT INTO users (tenant_id, name, email, phone_number) VALUES (1, 'Sofía', 'sofia@example.com', '+56911112222');
INSERT INTO api_keys (tenant_id, user_id, name, prefix, key_hash, scopes, mode)
VALUES (1, 1, 'first key', 'lp_live_firs', encode(sha256('lp_live_first0000000000000000000000000000'), 'hex'), '{admin}', 'live');
INSERT INTO custom_field_definitions (tenant_id, entity_type, field_key, field_type) VALUES (1, 'CONTACT', 'vehicle', 'LIST');
INSERT INTO custom_field_options (tenant_id, definition_id, value) VALUES (1, 1, 'Kia');

INSERT INTO contacts (id, tenant_id, national_id, first_name, last_name, custom_fields, search_text, archived_at, created_at, updated_at)
SELECT n, 1 + n % 2, CASE WHEN n % 3 = 0 THEN 'ID-' || n END, 'Ana ' || n, 'Pérez', jsonb_build_object('vehicle', 'Kia', 'n', n),
  fold('Ana ' || n || ' Pérez +569' || n + 10000000 || ' ana' || n || '@example.com'), CASE WHEN n % 10 = 0 THEN timestamptz '2026-01-01Z' END,
  timestamptz '2025-01-01Z' + n * interval '1 minute', timestamptz '2025-01-01Z' + n * interval '1 minute'
FROM generate_series(1, 200000) AS n;
INSERT INTO contact_addresses (tenant_id, contact_id, channel_type, address, identity)
SELECT 1 + n % 2, n, 'PHONE', '+569' || n + 10000000, '+569' || n + 10000000 FROM generate_series(1, 200000) AS n;
INSERT INTO contact_addresses (tenant_id, contact_id, channel_type, address, identity)
SELECT 1 + n % 2, n, 'WHATSAPP', '+569' || n + 10000000, NULL FROM generate_series(1, 200000, 4) AS n;
INSERT INTO contact_addresses (tenant_id, contact_id, channel_type, address, identity)
SELECT 1 + n % 2, n, 'EMAIL', 'ana' || n || '@example.com', 'ana' || n || '@example.com' FROM generate_series(1, 200000, 2) AS n;

INSERT INTO funnels (tenant_id, name) VALUES (1, 'Sales'), (2, 'Sales');
INSERT INTO funnel_statuses (tenant_id, funnel_id, name, position) VALUES (1, 1, 'New', 0), (1, 1, 'Won', 1), (2, 2, 'New', 0);
INSERT INTO conversations (tenant_id, contact_id, funnel_id, funnel_status_id, custom_fields, created_at)
SELECT 1 + n % 2, n, 1 + n % 2, CASE WHEN n % 2 = 0 THEN 1 + n % 4 / 2 ELSE 3 END, jsonb_build_object('note', 'row ' || n), timestamptz '2025-06-01Z' + n * interval '1 minute'
FROM generate_series(1, 30000) AS n;
INSERT INTO channel_sessions (tenant_id, funnel_conversation_id, contact_address_id, channel_type, start_time)
SELECT c.tenant_id, c.id, c.contact_id, 'PHONE', c.created_at FROM conversations c;

INSERT INTO operations (id, tenant_id, kind, status, message, report)
VALUES ('op_0000first', 1, 'conversations.bulkCreate', 'completed', '1 of 1 created', '{"counts":{"successful":1,"warnings":0,"duplicates":0,"errors":0,"total":1},"itemsIssues":[],"batchErrors":[]}');
-- What POST /contacts with this very body was answered.
INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, expires_at)
VALUES (1, 'first-key', encode(sha256(E'/api/v1/contacts\n{"firstName":"Ana"}'), 'hex'), 200,
  '{"id":2,"tenantId":"1","providerId":null,"providerName":null,"nationalId":null,"firstName":"Ana","lastName":null,"email":null,"phone":null,"userId":null,"contactCompanyId":null,"companyPosition":null,"metadata":null,"customFields":{},"addresses":[],"archivedAt":null,"createdAt":"2025-01-01T00:02:00.000Z","updatedAt":"2025-01-01T00:02:00.000Z"}',
  now() + interval '1 day');

SELECT setval(pg_get_serial_sequence('contacts', 'id'), 200000);
CREATE INDEX ix_contacts_search ON contacts USING gin (tenant_id, search_text gin_trgm_ops);
