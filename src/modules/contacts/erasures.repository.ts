import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Erasure, ProviderRecord } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';
import type { TenantContext } from '../../platform/tenancy/tenant-context';

/** An erasure as a statement gives it. */
export interface ErasureRow {
  id: number;
  tenant_id: number;
  contact_id: number;
  key_id: number | null;
  user_id: number | null;
  request_id: string;
  rows: Record<string, number>;
  files: number;
  files_deleted_at: string | null;
  created_at: string;
  providers: { provider: string; kind: string; pending: number; deleted: number; impossible: number }[];
}

/** What providers were asked, by what came of it. */
export const providersOf = (alias: string): string =>
  `coalesce((SELECT json_agg(asked ORDER BY asked.provider, asked.kind) FROM (
     SELECT r.provider, r.kind, count(*) FILTER (WHERE r.state = 'pending') AS pending, count(*) FILTER (WHERE r.state = 'deleted') AS deleted,
       count(*) FILTER (WHERE r.state = 'impossible') AS impossible
     FROM erasure_requests r WHERE r.erasure_id = ${alias}.id AND r.tenant_id = ${alias}.tenant_id GROUP BY r.provider, r.kind) AS asked), '[]') AS providers`;

const GET = new Statement<ErasureRow>('erasure_get', `SELECT e.*, ${providersOf('e')} FROM erasures e WHERE e.tenant_id = $1 AND e.id = $2`);

const INSERT = new Statement<{ id: number }>(
  'erasure_insert',
  `INSERT INTO erasures (tenant_id, contact_id, key_id, user_id, request_id, rows, files, files_deleted_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7 = 0 THEN now() END) RETURNING id`,
);

const INSERT_REQUESTS = new Statement(
  'erasure_request_insert',
  `INSERT INTO erasure_requests (tenant_id, erasure_id, connection_id, provider, kind, provider_id)
   SELECT $1, $2, n.id, n.provider, asked.kind, asked.provider_id
   FROM unnest($3::bigint[], $4::text[], $5::text[]) AS asked (connection_id, kind, provider_id) JOIN connections n ON n.id = asked.connection_id`,
);

/** What a provider has not answered yet. */
export interface PendingRequest {
  id: number;
  kind: string;
  connection_id: number | null;
  provider_id: string;
}

const PENDING = new Statement<PendingRequest>(
  'erasure_request_pending',
  `SELECT id, kind, connection_id, provider_id FROM erasure_requests WHERE tenant_id = $1 AND erasure_id = $2 AND state = 'pending' ORDER BY id`,
);

const SETTLE = new Statement('erasure_request_settle', 'UPDATE erasure_requests SET state = $3, provider_id = NULL, settled_at = now() WHERE tenant_id = $1 AND id = $2');

const FILES_DELETED = new Statement('erasure_files_deleted', 'UPDATE erasures SET files_deleted_at = now() WHERE tenant_id = $1 AND id = $2');

@Injectable()
export class ErasuresRepository {
  get(em: EntityManager, tenantId: number, id: number): Promise<ErasureRow | undefined> {
    return GET.row(em, [tenantId, id]);
  }

  async insert(em: EntityManager, ctx: TenantContext, { contactId, rows, storageKeys }: Erasure): Promise<number> {
    const { keyId, userId } = ctx.actor;
    const row = await INSERT.row(em, [ctx.tenantId, contactId, keyId, userId, ctx.requestId, JSON.stringify(rows), storageKeys.length]);
    return (row as { id: number }).id;
  }

  async insertRequests(em: EntityManager, tenantId: number, id: number, records: ProviderRecord[]): Promise<void> {
    const columns = [records.map(({ connectionId }) => connectionId), records.map(({ kind }) => kind), records.map(({ providerId }) => providerId)];
    await INSERT_REQUESTS.rows(em, [tenantId, id, ...columns]);
  }

  pending(em: EntityManager, tenantId: number, erasureId: number): Promise<PendingRequest[]> {
    return PENDING.rows(em, [tenantId, erasureId]);
  }

  async settle(em: EntityManager, tenantId: number, requestId: number, state: 'deleted' | 'impossible'): Promise<void> {
    await SETTLE.rows(em, [tenantId, requestId, state]);
  }

  async filesDeleted(em: EntityManager, tenantId: number, id: number): Promise<void> {
    await FILES_DELETED.rows(em, [tenantId, id]);
  }
}
