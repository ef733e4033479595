import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { TenantSettings } from './tenant-settings';

const KNOWN_USERS = new Statement<{ id: number }>('users_known', 'SELECT id FROM users WHERE tenant_id = $1 AND id = ANY($2::bigint[])');

const PHONE_OF = new Statement<{ phone_number: string | null }>('user_phone_number', 'SELECT phone_number FROM users WHERE tenant_id = $1 AND id = $2');

/** What other modules may ask of accounts. */
@Injectable()
export class AccountsApi {
  constructor(private readonly settings: TenantSettings) {}

  /** Which of these users the tenant has. */
  async knownUsers(em: EntityManager, ctx: TenantContext, ids: Iterable<number>): Promise<Set<number>> {
    const asked = [...new Set(ids)];
    if (asked.length === 0) return new Set();
    return new Set((await KNOWN_USERS.rows(em, [ctx.tenantId, asked])).map(({ id }) => id));
  }

  /** The phone that rings for who asks, E.164: the user's, else the tenant's. */
  async agentPhoneOf(em: EntityManager, ctx: TenantContext): Promise<string | undefined> {
    const user = ctx.actor.userId === null ? undefined : await PHONE_OF.row(em, [ctx.tenantId, ctx.actor.userId]);
    return user?.phone_number ?? (await this.settings.of(ctx.tenantId, em)).agentPhone ?? undefined;
  }
}
