import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Cache, ChangeNotices } from '../../platform/database/change-notices';
import { Statement } from '../../platform/database/statement';
import { LostRace, TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { EntityType, FieldRule, FieldRules, FieldType } from './custom-field.types';

/** Topic of the notices that a tenant's definitions have changed. */
export const CUSTOM_FIELDS_TOPIC = 'custom-fields';

interface RuleRow {
  id: number;
  revision: number;
  entity_type: EntityType;
  field_key: string;
  field_type: FieldType;
  options: string[];
}

const RULES = new Statement<RuleRow>(
  'custom_field_rules',
  `SELECT d.id, d.revision, d.entity_type, d.field_key, d.field_type,
     ARRAY(SELECT o.value FROM custom_field_options o WHERE o.tenant_id = d.tenant_id AND o.definition_id = d.id ORDER BY o.id) AS options
   FROM custom_field_definitions d WHERE d.tenant_id = $1`,
);

// Whoever changes what values must fit waits for those who write values, and the other way round; labels change meanwhile.
const HOLD = new Statement<{ id: number }>(
  'custom_field_hold',
  `SELECT d.id FROM custom_field_definitions d
   WHERE d.tenant_id = $1 AND (d.id, d.revision) IN (SELECT * FROM unnest($2::bigint[], $3::int[])) ORDER BY d.id FOR KEY SHARE`,
);

const NO_RULES: FieldRules = new Map();

/** What other modules may ask of custom fields. */
@Injectable()
export class CustomFieldsApi {
  private readonly rules: Cache<Map<EntityType, Map<string, FieldRule>>>;

  constructor(
    private readonly db: TenantDb,
    notices: ChangeNotices,
  ) {
    this.rules = notices.cacheOf(CUSTOM_FIELDS_TOPIC);
  }

  /** The rules that values of an entity type must fit: those of the moment where they are held, too. */
  async rulesOf(ctx: TenantContext, entityType: EntityType): Promise<FieldRules> {
    const all = await this.rules.through(String(ctx.tenantId), () => this.load(ctx));
    return all.get(entityType) ?? NO_RULES;
  }

  /**
   * Keeps the rules that values were checked against as they are until the transaction has written the values. To be called
   * before any of the rows that get them is locked: whoever deletes a field with its values locks these after it.
   * @throws LostRace where they have changed since: run again, and check against what they are now
   */
  async hold(em: EntityManager, ctx: TenantContext, rules: FieldRule[]): Promise<void> {
    if (rules.length === 0) return;
    const held = await HOLD.rows(em, [ctx.tenantId, rules.map(({ id }) => id), rules.map(({ revision }) => revision)]);
    if (held.length === new Set(rules).size) return;
    this.rules.delete(String(ctx.tenantId));
    throw new LostRace();
  }

  private async load(ctx: TenantContext): Promise<Map<EntityType, Map<string, FieldRule>>> {
    const rules = new Map<EntityType, Map<string, FieldRule>>();
    for (const row of await this.db.read(ctx, (em) => RULES.rows(em, [ctx.tenantId]))) {
      const ofType = rules.get(row.entity_type) ?? new Map<string, FieldRule>();
      rules.set(row.entity_type, ofType.set(row.field_key, { id: row.id, revision: row.revision, fieldType: row.field_type, options: new Set(row.options) }));
    }
    return rules;
  }
}
