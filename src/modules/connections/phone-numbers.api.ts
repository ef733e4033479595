import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { Connection, ProviderName } from './connection';

/** A number of ours that a call goes out from. */
export interface CallerNumber {
  id: number;
  /** E.164 */
  number: string;
  providerId: string | null;
}

const CALLER = new Statement<CallerNumber>(
  'phone_number_caller',
  `SELECT id, number, provider_id AS "providerId" FROM phone_numbers
   WHERE tenant_id = $1 AND provider = $2 AND id = coalesce($3, id) AND number = coalesce($4, number) ORDER BY is_default DESC, id LIMIT 1`,
);

// A tenant with an account of its own is not served by the environment's.
const OWNER = new Statement<{ tenantId: number; number: string }>(
  'phone_number_owner',
  `SELECT n.tenant_id AS "tenantId", n.number FROM phone_numbers n
   WHERE n.provider = $2 AND (n.provider_id = $4 OR (n.provider_id IS NULL AND n.number = ANY($5::text[])))
     AND CASE WHEN $3::int IS NULL THEN NOT EXISTS (SELECT FROM connections c WHERE c.tenant_id = n.tenant_id AND c.provider = $2 AND c.id <> $1) ELSE n.tenant_id = $3 END
   ORDER BY n.id LIMIT 1`,
);

// Locked against being deleted before whoever asks has written that he uses it.
const PROVIDER_OF = new Statement<{ provider: ProviderName }>('phone_number_provider', 'SELECT provider FROM phone_numbers WHERE tenant_id = $1 AND id = $2 FOR KEY SHARE');

/** What other modules may ask of phone numbers. */
@Injectable()
export class PhoneNumbersApi {
  /** The number asked for by id or by number (E.164), else the provider's default, else its oldest. Undefined where there is none. */
  callerFor(em: EntityManager, ctx: TenantContext, provider: ProviderName, { id, number }: { id?: number; number?: string }): Promise<CallerNumber | undefined> {
    return CALLER.row(em, [ctx.tenantId, provider, id ?? null, number ?? null]);
  }

  /**
   * Whom a provider's webhook about one of our numbers is for. Of two tenants that name the same number on an account which
   * they share, it is the first's: undefined where nobody has it.
   * @param written how the provider writes the number itself: digits with the country code, and maybe signs between them
   */
  ownerOf(em: EntityManager, connection: Pick<Connection, 'id' | 'tenantId' | 'provider'>, providerId: string, written: string | undefined): Promise<{ tenantId: number; number: string } | undefined> {
    const numbers = [providerId, written ?? ''].map((text) => `+${text.replace(/\D/g, '')}`);
    return OWNER.row(em, [connection.id, connection.provider, connection.tenantId, providerId, numbers]);
  }

  /** Whose a number is; undefined where the tenant has no such number. */
  async providerOf(em: EntityManager, ctx: TenantContext, id: number): Promise<ProviderName | undefined> {
    return (await PROVIDER_OF.row(em, [ctx.tenantId, id]))?.provider;
  }
}
