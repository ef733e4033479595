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
  /** Once every row is gone. */
  finished_at: string | null;
  created_at: string;
  /** Files that are still to be deleted. */
  files_left: number;
  providers: { provider: string; kind: string; pending: number; deleted: number; impossible: number }[];
}

/** How far what follows has come: files to be deleted, and what providers were asked, by what came of it. */
export const progressOf = (alias: string): string =>
  `(SELECT count(*) FROM erasure_files f WHERE f.erasure_id = ${alias}.id AND f.tenant_id = ${alias}.tenant_id) AS files_left,
   coalesce((SELECT json_agg(asked ORDER BY asked.provider, asked.kind) FROM (
     SELECT r.provider, r.kind, count(*) FILTER (WHERE r.state = 'pending') AS pending, count(*) FILTER (WHERE r.state = 'deleted') AS deleted,
       count(*) FILTER (WHERE r.state = 'impossible') AS impossible
     FROM erasure_requests r WHERE r.erasure_id = ${alias}.id AND r.tenant_id = ${alias}.tenant_id GROUP BY r.provider, r.kind) AS asked), '[]') AS providers`;

export type UnfinishedErasure = Pick<ErasureRow, 'id' | 'tenant_id' | 'contact_id' | 'created_at'>;

const GET = new Statement<ErasureRow>('erasure_get', `SELECT e.*, ${progressOf('e')} FROM erasures e WHERE e.tenant_id = $1 AND e.id = $2`);

const INSERT = new Statement<{ id: number }>(
  'erasure_insert',
  'INSERT INTO erasures (tenant_id, contact_id, key_id, user_id, request_id, rows, files) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id',
);

/** An erasure that is not finished, for the rest of a transaction: those who go on with it take turns. */
const TAKE = new Statement<UnfinishedErasure>(
  'erasure_take',
  'SELECT id, tenant_id, contact_id, created_at FROM erasures WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL FOR UPDATE',
);

const FIND = new Statement<UnfinishedErasure>('erasure_find', 'SELECT id, tenant_id, contact_id, created_at FROM erasures WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL');

const ADD = new Statement(
  'erasure_add',
  `UPDATE erasures SET files = files + $4,
     rows = rows || (SELECT coalesce(jsonb_object_agg(removed.key, removed.value::int8 + coalesce((rows->>removed.key)::int8, 0)), '{}') FROM jsonb_each_text($3::jsonb) AS removed)
   WHERE tenant_id = $1 AND id = $2`,
);

const FINISH = new Statement('erasure_finish', 'UPDATE erasures SET finished_at = now() WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL');

// Whom it was about is known, sealed, until nothing of them is left.
const INSERT_TRACES = new Statement('erasure_traces_insert', 'INSERT INTO erasure_traces (tenant_id, erasure_id, sealed) VALUES ($1, $2, $3)');
const TRACES = new Statement<{ sealed: string }>('erasure_traces_get', 'SELECT sealed FROM erasure_traces WHERE tenant_id = $1 AND erasure_id = $2 ORDER BY id');
const DELETE_TRACES = new Statement('erasure_traces_delete', 'DELETE FROM erasure_traces WHERE tenant_id = $1 AND erasure_id = $2');

const INSERT_FILES = new Statement('erasure_files_insert', 'INSERT INTO erasure_files (tenant_id, erasure_id, storage_key) SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING');
const FILES = new Statement<{ storage_key: string }>('erasure_files_get', 'SELECT storage_key FROM erasure_files WHERE tenant_id = $1 AND erasure_id = $2');
const FILE_DELETED = new Statement('erasure_file_deleted', 'DELETE FROM erasure_files WHERE tenant_id = $1 AND erasure_id = $2 AND storage_key = $3');

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

  /** @returns undefined where it is finished */
  take(em: EntityManager, tenantId: number, id: number): Promise<UnfinishedErasure | undefined> {
    return TAKE.row(em, [tenantId, id]);
  }

  /** @returns undefined where it is finished */
  find(em: EntityManager, tenantId: number, id: number): Promise<UnfinishedErasure | undefined> {
    return FIND.row(em, [tenantId, id]);
  }

  async add(em: EntityManager, tenantId: number, id: number, { rows, storageKeys }: Erasure): Promise<void> {
    await ADD.rows(em, [tenantId, id, JSON.stringify(rows), storageKeys.length]);
  }

  async finish(em: EntityManager, tenantId: number, id: number): Promise<void> {
    await DELETE_TRACES.rows(em, [tenantId, id]);
    await FINISH.rows(em, [tenantId, id]);
  }

  async insertTraces(em: EntityManager, tenantId: number, id: number, sealed: string): Promise<void> {
    await INSERT_TRACES.rows(em, [tenantId, id, sealed]);
  }

  /** Sealed; the first is of the transaction that began it. */
  async traces(em: EntityManager, tenantId: number, id: number): Promise<string[]> {
    return (await TRACES.rows(em, [tenantId, id])).map(({ sealed }) => sealed);
  }

  async insertFiles(em: EntityManager, tenantId: number, id: number, storageKeys: string[]): Promise<void> {
    await INSERT_FILES.rows(em, [tenantId, id, storageKeys]);
  }

  async files(em: EntityManager, tenantId: number, id: number): Promise<string[]> {
    return (await FILES.rows(em, [tenantId, id])).map(({ storage_key: key }) => key);
  }

  async fileDeleted(em: EntityManager, tenantId: number, id: number, storageKey: string): Promise<void> {
    await FILE_DELETED.rows(em, [tenantId, id, storageKey]);
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
}
