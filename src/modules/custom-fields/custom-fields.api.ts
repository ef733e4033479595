import { Injectable } from '@nestjs/common';
import { type Cache, ChangeNotices } from '../../platform/database/change-notices';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { EntityType, FieldRule, FieldRules, FieldType } from './custom-field.types';

/** Topic of the notices that a tenant's definitions have changed. */
export const CUSTOM_FIELDS_TOPIC = 'custom-fields';

interface RuleRow {
  entity_type: EntityType;
  field_key: string;
  field_type: FieldType;
  options: string[];
}

const RULES = new Statement<RuleRow>(
  'custom_field_rules',
  `SELECT d.entity_type, d.field_key, d.field_type,
     ARRAY(SELECT o.value FROM custom_field_options o WHERE o.tenant_id = d.tenant_id AND o.definition_id = d.id ORDER BY o.id) AS options
   FROM custom_field_definitions d WHERE d.tenant_id = $1`,
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

  /** The rules that values of an entity type must fit. */
  async rulesOf(ctx: TenantContext, entityType: EntityType): Promise<FieldRules> {
    const all = await this.rules.through(String(ctx.tenantId), () => this.load(ctx));
    return all.get(entityType) ?? NO_RULES;
  }

  private async load(ctx: TenantContext): Promise<Map<EntityType, Map<string, FieldRule>>> {
    const rules = new Map<EntityType, Map<string, FieldRule>>();
    for (const row of await this.db.read(ctx, (em) => RULES.rows(em, [ctx.tenantId]))) {
      const ofType = rules.get(row.entity_type) ?? new Map<string, FieldRule>();
      rules.set(row.entity_type, ofType.set(row.field_key, { fieldType: row.field_type, options: new Set(row.options) }));
    }
    return rules;
  }
}
