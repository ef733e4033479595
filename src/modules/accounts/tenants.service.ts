import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Config } from '../../platform/config/config';
import { constraintOf } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { NoTenantYet, TenantNameTaken, TenantNotFound, TenantRequired } from './accounts.errors';
import { ApiKeysService } from './api-keys.service';
import { TenantSettings } from './tenant-settings';
import { Tenant } from './tenant.entity';

const FIRST_TENANT = 'default';
/** Any number that nothing else locks. */
const FIRST_TENANT_LOCK = 4_211_971;

export interface NewTenant {
  tenantId: string;
  apiKey: string;
}

/** Tenants are made by who runs the server: at the first start and on the command line, not over HTTP. */
@Injectable()
export class TenantsService {
  constructor(
    private readonly config: Config,
    private readonly dataSource: DataSource,
    private readonly keys: ApiKeysService,
    private readonly settings: TenantSettings,
  ) {}

  /** Makes the first tenant where there is none. Returns what it made, and nothing on every later start. */
  ensureFirst(): Promise<NewTenant | undefined> {
    return this.dataSource.transaction(async (em) => {
      await em.query('SELECT pg_advisory_xact_lock($1)', [FIRST_TENANT_LOCK]);
      if ((await em.getRepository(Tenant).count()) > 0) return undefined;
      return this.insert(em, FIRST_TENANT, undefined, this.config.BOOTSTRAP_API_KEY);
    });
  }

  async create(name: string, defaultCountry?: string): Promise<NewTenant> {
    try {
      return await this.dataSource.transaction((em) => this.insert(em, name, defaultCountry));
    } catch (error) {
      if (constraintOf(error) === 'uq_tenants_name') throw new TenantNameTaken(name);
      throw error;
    }
  }

  async createKey(tenant: string | undefined, name: string, scopes: string[], mode: 'live' | 'test'): Promise<NewTenant> {
    const { id } = await this.find(tenant);
    const { key } = await this.keys.insert(this.dataSource.manager, id, { name, scopes, mode });
    return { tenantId: String(id), apiKey: key };
  }

  /** By id or name; where there is only one tenant it need not be named. */
  async find(tenant: string | undefined): Promise<Tenant> {
    const tenants = this.dataSource.getRepository(Tenant);
    if (tenant === undefined) {
      const [only, another] = await tenants.find({ order: { id: 'ASC' }, take: 2 });
      if (!only) throw new NoTenantYet();
      if (another) throw new TenantRequired();
      return only;
    }
    const found = (await tenants.findOneBy({ name: tenant })) ?? (/^\d{1,9}$/.test(tenant) ? await tenants.findOneBy({ id: Number(tenant) }) : null);
    if (!found) throw new TenantNotFound(tenant);
    return found;
  }

  /** The same by id, for work that is done for a tenant later; undefined where the tenant is gone. */
  async contextById(tenantId: number, requestId: string): Promise<TenantContext | undefined> {
    const tenant = await this.dataSource.getRepository(Tenant).findOneBy({ id: tenantId });
    return tenant ? this.contextOf(tenant, requestId) : undefined;
  }

  /** The same of the only tenant that there is; undefined where there are several. */
  async contextOfOnly(requestId: string): Promise<TenantContext | undefined> {
    const [only, another] = await this.dataSource.getRepository(Tenant).find({ order: { id: 'ASC' }, take: 2 });
    return only && !another ? this.contextOf(only, requestId) : undefined;
  }

  /** Who acts when nobody's key does: the command line, and jobs. */
  contextOf(tenant: Tenant, requestId: string): TenantContext {
    return {
      tenantId: tenant.id,
      actor: { keyId: null, userId: null },
      requestId,
      scopes: new Set(['admin']),
      defaultCountry: this.settings.filledIn(tenant).country,
    };
  }

  private async insert(em: EntityManager, name: string, defaultCountry?: string, key?: string): Promise<NewTenant> {
    const { identifiers } = await em.getRepository(Tenant).insert({ name, defaultCountry: defaultCountry ?? null });
    const { id } = identifiers[0] as { id: number };
    const created = await this.keys.insert(em, id, { name: 'first key', scopes: ['admin'] }, key);
    return { tenantId: String(id), apiKey: created.key };
  }
}
