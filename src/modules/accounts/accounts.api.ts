import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { TenantContext } from '../../platform/tenancy/tenant-context';

const KNOWN_USERS = new Statement<{ id: number }>('users_known', 'SELECT id FROM users WHERE tenant_id = $1 AND id = ANY($2::bigint[])');

const PHONE_OF = new Statement<{ phone_number: string | null }>('user_phone_number', 'SELECT phone_number FROM users WHERE tenant_id = $1 AND id = $2');

/** What other modules may ask of accounts. */
@Injectable()
export class AccountsApi {
  /** Which of these users the tenant has. */
  async knownUsers(em: EntityManager, ctx: TenantContext, ids: Iterable<number>): Promise<Set<number>> {
    const asked = [...new Set(ids)];
    if (asked.length === 0) return new Set();
    return new Set((await KNOWN_USERS.rows(em, [ctx.tenantId, asked])).map(({ id }) => id));
  }

  /** The phone that rings for a user, E.164. */
  async phoneOf(em: EntityManager, ctx: TenantContext, userId: number): Promise<string | undefined> {
    return (await PHONE_OF.row(em, [ctx.tenantId, userId]))?.phone_number ?? undefined;
  }
}
