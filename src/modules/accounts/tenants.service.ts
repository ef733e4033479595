import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Config } from '../../platform/config/config';
import { constraintOf } from '../../platform/database/tenant-db';
import { Installation } from '../../platform/installation/installation';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { NoTenantYet, TenantNameTaken, TenantNotFound, TenantRequired } from './accounts.errors';
import { ApiKeysService } from './api-keys.service';
import { TenantSettings } from './tenant-settings';
import { Tenant } from './tenant.entity';

const FIRST_TENANT = 'default';
const FIRST_KEY = { name: 'first key', scopes: ['admin'] };
/** Whose first key has still to be made and shown. */
const KEY_TO_SHOW = 'first key to be shown';
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
    private readonly installation: Installation,
  ) {}

  /** Makes the first tenant where there is none: with the key that was brought, or with one that is made when it can be shown. */
  async ensureFirst(): Promise<void> {
    await this.dataSource.transaction(async (em) => {
      await em.query('SELECT pg_advisory_xact_lock($1)', [FIRST_TENANT_LOCK]);
      if ((await em.getRepository(Tenant).count()) > 0) return;
      const key = this.config.BOOTSTRAP_API_KEY;
      const { id } = await this.insert(em, FIRST_TENANT);
      if (key) await this.keys.insert(em, id, FIRST_KEY, key);
      else await this.installation.set(KEY_TO_SHOW, String(id), em);
    });
  }

  /**
   * The first tenant's key, once; of several processes one shows it. One that dies before it has shown the key leaves that to the
   * next start, which makes another.
   * @param show is given the key, which works by then, or nothing on every later start
   */
  async showFirstKey(show: (apiKey?: string) => void): Promise<void> {
    await this.dataSource.transaction(async (guard) => {
      await guard.query('SELECT pg_advisory_xact_lock($1)', [FIRST_TENANT_LOCK]);
      const tenantId = await this.installation.get(KEY_TO_SHOW, guard);
      if (tenantId === undefined) return show();
      // By another connection: it has to be committed before anybody sees it.
      const brought = this.config.BOOTSTRAP_API_KEY;
      const { key } = await this.keys.insert(this.dataSource.manager, Number(tenantId), FIRST_KEY, brought);
      show(brought ? undefined : key);
      await this.installation.remove(KEY_TO_SHOW);
    });
  }

  async create(name: string, defaultCountry?: string): Promise<NewTenant> {
    try {
      return await this.dataSource.transaction(async (em) => {
        const { id } = await this.insert(em, name, defaultCountry);
        return { tenantId: String(id), apiKey: (await this.keys.insert(em, id, FIRST_KEY)).key };
      });
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

  private async insert(em: EntityManager, name: string, defaultCountry?: string): Promise<{ id: number }> {
    const { identifiers } = await em.getRepository(Tenant).insert({ name, defaultCountry: defaultCountry ?? null });
    return identifiers[0] as { id: number };
  }
}
