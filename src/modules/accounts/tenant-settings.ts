import { Injectable } from '@nestjs/common';
import { isISO31661Alpha2 } from 'class-validator';
import { DataSource, type EntityManager } from 'typeorm';
import { Config } from '../../platform/config/config';
import { type Cache, ChangeNotices } from '../../platform/database/change-notices';
import { Statement } from '../../platform/database/statement';
import { TenantDb, constraintOf } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { normalisePhone } from '../../platform/text/phone-numbers';
import { timeZoneNamed, zoneOfCountry } from '../../platform/text/time-zones';
import { TenantNameTaken } from './accounts.errors';
import type { UpdateSettingsDto } from './dto/settings.dto';
import { Tenant } from './tenant.entity';

/** A tenant's settings as they hold: what it left open is filled in. */
export interface Settings {
  name: string;
  /** ISO 3166-1 alpha-2 */
  country: string;
  /** IANA */
  timezone: string;
  /** E.164; rung by bridges that do not say whom. */
  agentPhone: string | null;
}

type SettingsRow = Pick<Tenant, 'name' | 'defaultCountry' | 'timezone' | 'agentPhone'>;

const TOPIC = 'tenant';

const READ = new Statement<SettingsRow>('tenant_settings', 'SELECT name, default_country AS "defaultCountry", timezone, agent_phone AS "agentPhone" FROM tenants WHERE id = $1');

@Injectable()
export class TenantSettings {
  private readonly cache: Cache<Settings>;

  constructor(
    private readonly config: Config,
    private readonly dataSource: DataSource,
    private readonly db: TenantDb,
    private readonly notices: ChangeNotices,
  ) {
    this.cache = notices.cacheOf(TOPIC);
  }

  /** @param em of who is in a transaction, and must not wait for a second connection */
  async of(tenantId: number, em: EntityManager = this.dataSource.manager): Promise<Settings> {
    const key = String(tenantId);
    return this.cache.get(key) ?? this.cache.through(key, async () => this.filledIn((await READ.row(em, [tenantId])) as SettingsRow));
  }

  filledIn({ name, defaultCountry, timezone, agentPhone }: SettingsRow): Settings {
    const country = defaultCountry ?? this.config.DEFAULT_COUNTRY;
    return { name, country, timezone: timezone ?? zoneOfCountry(country), agentPhone };
  }

  /** Only what is given; null leaves a setting open again. Every process knows it on commit. @throws ValidationFailed, TenantNameTaken */
  async update(ctx: TenantContext, body: UpdateSettingsDto): Promise<Settings> {
    try {
      return await this.db.write(ctx, async (em) => {
        const values = await this.values(em, ctx, body);
        if (Object.keys(values).length > 0) await em.getRepository(Tenant).update({ id: ctx.tenantId }, values);
        await this.notices.announce(em, TOPIC, ctx.tenantId);
        return this.filledIn((await READ.row(em, [ctx.tenantId])) as SettingsRow);
      });
    } catch (error) {
      if (constraintOf(error) === 'uq_tenants_name') throw new TenantNameTaken(body.name ?? '');
      throw error;
    }
  }

  private async values(em: EntityManager, ctx: TenantContext, { name, country, timezone, agentPhone }: UpdateSettingsDto): Promise<Partial<SettingsRow>> {
    const faults = new Faults();
    const values: Partial<SettingsRow> = {};
    if (name !== undefined) values.name = name.trim();
    if (values.name === '') faults.add('name', 'REQUIRED_FIELD', 'must not be empty');
    if (country !== undefined) values.defaultCountry = country?.trim().toUpperCase() ?? null;
    if (typeof values.defaultCountry === 'string' && !isISO31661Alpha2(values.defaultCountry)) faults.add('country', 'INVALID_VALUE', 'must be the two letters of a country, as MX');
    if (timezone !== undefined) values.timezone = timezone === null ? null : timeZoneNamed(timezone);
    if (timezone !== undefined && values.timezone === undefined) faults.add('timezone', 'INVALID_VALUE', 'must be the name of a time zone, as America/Mexico_City');
    if (agentPhone !== undefined) {
      const { defaultCountry = (await this.of(ctx.tenantId, em)).country } = values;
      values.agentPhone = agentPhone === null ? null : normalisePhone(agentPhone, defaultCountry ?? this.config.DEFAULT_COUNTRY);
      if (values.agentPhone === undefined) faults.add('agentPhone', 'INVALID_PHONE', 'is not a valid phone number; give it with its country code, as +525512345678');
    }
    faults.throwIfAny();
    return values;
  }
}
