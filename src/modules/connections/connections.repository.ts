import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { PROVIDERS, type ProviderName } from './connection';

/** A connection as a statement gives it; without a tenant it is the environment's. */
export interface ConnectionRow {
  id: number;
  tenant_id: number | null;
  provider: ProviderName;
  base_url: string | null;
  /** Sealed. */
  credentials: string | null;
  /** Sealed. */
  webhook_secret: string | null;
  concurrency_limit: number | null;
  learnt_limit: number | null;
  /** Null once it has passed. */
  blocked_until: string | null;
  paused_reason: string | null;
  paused_until: string | null;
  created_at: string;
  updated_at: string;
}

export type ConnectionValues = Pick<ConnectionRow, 'base_url' | 'credentials' | 'webhook_secret' | 'concurrency_limit' | 'learnt_limit'>;

const COLUMNS = `id, tenant_id, provider, base_url, credentials, webhook_secret, concurrency_limit, learnt_limit,
  CASE WHEN blocked_until > now() THEN blocked_until END AS blocked_until, paused_reason, paused_until, created_at, updated_at`;

const GET = new Statement<ConnectionRow>('connection_get', `SELECT ${COLUMNS} FROM connections WHERE id = $1`);

const FIND = new Statement<ConnectionRow>(
  'connection_find',
  `SELECT ${COLUMNS} FROM connections WHERE provider = $2 AND (tenant_id = $1 OR tenant_id IS NULL) ORDER BY tenant_id NULLS LAST LIMIT 1`,
);

const LIST = new Statement<ConnectionRow>(
  'connection_list',
  `SELECT DISTINCT ON (array_position($2::text[], provider)) ${COLUMNS} FROM connections
   WHERE provider = ANY($2::text[]) AND (tenant_id = $1 OR tenant_id IS NULL) ORDER BY array_position($2::text[], provider), tenant_id NULLS LAST`,
);

const ADD_ENVIRONMENT = new Statement('connection_add_environment', 'INSERT INTO connections (provider) SELECT unnest($1::text[]) ON CONFLICT (tenant_id, provider) DO NOTHING');

const LOCK_OWN = new Statement<ConnectionRow>('connection_lock_own', `SELECT ${COLUMNS} FROM connections WHERE tenant_id = $1 AND provider = $2 FOR UPDATE`);

// What was wrong with it was so with what it was before: whoever sets it has it tried again at once.
const SAVE_OWN = new Statement<ConnectionRow>(
  'connection_save_own',
  `INSERT INTO connections (tenant_id, provider, base_url, credentials, webhook_secret, concurrency_limit, learnt_limit) VALUES ($1, $2, $3, $4, $5, $6, $7)
   ON CONFLICT (tenant_id, provider) DO UPDATE SET base_url = excluded.base_url, credentials = excluded.credentials, webhook_secret = excluded.webhook_secret,
     concurrency_limit = excluded.concurrency_limit, learnt_limit = excluded.learnt_limit, blocked_until = NULL, paused_reason = NULL, paused_until = NULL, updated_at = now()
   RETURNING ${COLUMNS}`,
);

const LOAD = new Statement<{ queued: number; active: number }>(
  'connection_load',
  `SELECT (SELECT count(*) FROM call_queue WHERE connection_id = $1)::int8 AS queued,
     (SELECT count(*) FROM call_attempts WHERE connection_id = $1 AND (released_at IS NULL OR check_at IS NOT NULL))::int8 AS active`,
);

const DELETE_OWN = new Statement('connection_delete_own', 'DELETE FROM connections WHERE tenant_id = $1 AND id = $2');

@Injectable()
export class ConnectionsRepository {
  get(em: EntityManager, id: number): Promise<ConnectionRow | undefined> {
    return GET.row(em, [id]);
  }

  /** The tenant's own, else the environment's, which is made when first asked for. @param tenantId null for the environment's in any case */
  async find(em: EntityManager, tenantId: number | null, provider: ProviderName): Promise<ConnectionRow> {
    const found = await FIND.row(em, [tenantId, provider]);
    if (found) return found;
    await ADD_ENVIRONMENT.rows(em, [[provider]]);
    return (await FIND.row(em, [tenantId, provider])) as ConnectionRow;
  }

  /** The same of every provider. */
  async list(em: EntityManager, ctx: TenantContext): Promise<ConnectionRow[]> {
    const found = await LIST.rows(em, [ctx.tenantId, PROVIDERS]);
    if (found.length === PROVIDERS.length) return found;
    await ADD_ENVIRONMENT.rows(em, [PROVIDERS]);
    return LIST.rows(em, [ctx.tenantId, PROVIDERS]);
  }

  /** Locked, so that no call can be queued for it meanwhile. */
  lockOwn(em: EntityManager, ctx: TenantContext, provider: ProviderName): Promise<ConnectionRow | undefined> {
    return LOCK_OWN.row(em, [ctx.tenantId, provider]);
  }

  async saveOwn(em: EntityManager, ctx: TenantContext, provider: ProviderName, values: ConnectionValues): Promise<ConnectionRow> {
    const { base_url, credentials, webhook_secret, concurrency_limit, learnt_limit } = values;
    return (await SAVE_OWN.row(em, [ctx.tenantId, provider, base_url, credentials, webhook_secret, concurrency_limit, learnt_limit])) as ConnectionRow;
  }

  /** Calls that wait for it, and calls that it is not done with. */
  async load(em: EntityManager, id: number): Promise<{ queued: number; active: number }> {
    return (await LOAD.row(em, [id])) ?? { queued: 0, active: 0 };
  }

  async deleteOwn(em: EntityManager, ctx: TenantContext, id: number): Promise<void> {
    await DELETE_OWN.rows(em, [ctx.tenantId, id]);
  }
}
