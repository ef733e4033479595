import type { EntityManager } from 'typeorm';

/** Who asks, and for which tenant: the first parameter of everything that reads or writes a tenant's data. */
export interface TenantContext {
  readonly tenantId: number;
  /** The key, and the user it was made for, if any. */
  readonly actor: { readonly keyId: number | null; readonly userId: number | null };
  readonly requestId: string;
  readonly scopes: ReadonlySet<string>;
  /** ISO 3166-1 alpha-2; the country of phone numbers without a country code. */
  readonly defaultCountry: string;
  /** Set while a request with an Idempotency-Key runs: its effect and its answer commit together. */
  readonly transaction?: EntityManager;
  /** Set for a POST with an Idempotency-Key: does the work once, or answers as it was answered, but for the secrets of the answer. */
  readonly once?: <T>(ctx: TenantContext, work: (ctx: TenantContext) => Promise<T>, secrets: readonly string[]) => Promise<T>;
}
