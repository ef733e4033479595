import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeNotices } from '../../platform/database/change-notices';
import { LostRace, TenantDb, constraintOf } from '../../platform/database/tenant-db';
import { assertSameId } from '../../platform/errors/path-identity';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { CustomFieldColumns } from './custom-field-columns';
import { CustomFieldDefinition } from './custom-field-definition.entity';
import { ENTITY_TYPES, FIELD_TYPES } from './custom-field.types';
import { CUSTOM_FIELDS_TOPIC } from './custom-fields.api';
import { CustomFieldKeyTaken, CustomFieldNotFound, FieldImmutable, FieldInUse } from './custom-fields.errors';
import { type CreateCustomFieldDefinitionDto, CustomFieldDefinitionDto, type UpdateCustomFieldDefinitionDto } from './dto/custom-field-definition.dto';

const LIST: ListDefinition<CustomFieldDefinition, CustomFieldDefinitionDto> = {
  name: 'custom-field-definitions',
  from: 'custom_field_definitions d',
  columns:
    'd.id, d.tenant_id AS "tenantId", d.entity_type AS "entityType", d.field_key AS "fieldKey", d.field_label AS "fieldLabel", d.field_type AS "fieldType", d.description, d.created_at AS "createdAt", d.updated_at AS "updatedAt"',
  tenantColumn: 'd.tenant_id',
  idColumn: 'd.id',
  fields: {
    id: { type: 'number', sql: 'd.id' },
    entityType: { type: 'text', sql: 'd.entity_type', oneOf: ENTITY_TYPES },
    fieldKey: { type: 'text', sql: 'd.field_key' },
    fieldLabel: { type: 'text', sql: 'd.field_label' },
    fieldType: { type: 'text', sql: 'd.field_type', oneOf: FIELD_TYPES },
    createdAt: { type: 'instant', sql: 'd.created_at' },
    updatedAt: { type: 'instant', sql: 'd.updated_at' },
  },
  search: (text, sql) => `fold(concat_ws(' ', d.field_key, d.field_label, d.description)) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: (row) => CustomFieldDefinitionDto.from(row),
};

@Injectable()
export class CustomFieldDefinitionsService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly columns: CustomFieldColumns,
    private readonly notices: ChangeNotices,
  ) {}

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<CustomFieldDefinitionDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  async get(ctx: TenantContext, id: number): Promise<CustomFieldDefinitionDto> {
    return CustomFieldDefinitionDto.from(await this.db.read(ctx, (em) => this.find(em, ctx, id)));
  }

  async create(ctx: TenantContext, body: CreateCustomFieldDefinitionDto): Promise<CustomFieldDefinitionDto> {
    const { entityType, fieldKey, fieldType, fieldLabel = null, description = null } = body;
    try {
      return await this.db.write(ctx, async (em) => {
        const { identifiers } = await em.getRepository(CustomFieldDefinition).insert({ tenantId: ctx.tenantId, entityType, fieldKey, fieldType, fieldLabel, description });
        await this.notices.announce(em, CUSTOM_FIELDS_TOPIC, ctx.tenantId);
        return CustomFieldDefinitionDto.from(await this.find(em, ctx, (identifiers[0] as { id: number }).id));
      });
    } catch (error) {
      if (constraintOf(error) === 'uq_custom_field_definitions_key') throw new CustomFieldKeyTaken(fieldKey, entityType);
      throw error;
    }
  }

  update(ctx: TenantContext, id: number, body: UpdateCustomFieldDefinitionDto): Promise<CustomFieldDefinitionDto> {
    assertSameId('id', id, body.id);
    return this.db.write(ctx, async (em) => {
      const { fieldType } = await this.find(em, ctx, id);
      const changesType = Boolean(body.fieldType) && body.fieldType !== fieldType;
      const definition = await this.find(em, ctx, id, changesType ? 'pessimistic_write' : 'for_no_key_update');
      if (definition.fieldType !== fieldType) throw new LostRace();
      for (const field of ['entityType', 'fieldKey'] as const) {
        if (body[field] !== undefined && body[field] !== null && body[field] !== definition[field]) throw new FieldImmutable(field);
      }
      if (changesType) {
        const count = await this.columns.count(em, ctx, definition.entityType, definition.fieldKey);
        if (count > 0) throw new FieldInUse(count, 'Its fieldType changes only while there is none.');
      }
      const changes = { fieldLabel: body.fieldLabel, description: body.description, updatedAt: new Date() };
      const rule = changesType ? { fieldType: body.fieldType ?? undefined, revision: definition.revision + 1 } : {};
      await em.getRepository(CustomFieldDefinition).update({ tenantId: ctx.tenantId, id }, { ...changes, ...rule });
      await this.notices.announce(em, CUSTOM_FIELDS_TOPIC, ctx.tenantId);
      return CustomFieldDefinitionDto.from(await this.find(em, ctx, id));
    });
  }

  /** @param force deletes the values, too */
  delete(ctx: TenantContext, id: number, force: boolean): Promise<CustomFieldDefinitionDto> {
    return this.db.write(ctx, async (em) => {
      const definition = await this.find(em, ctx, id, 'pessimistic_write');
      const { entityType, fieldKey } = definition;
      if (force) {
        await this.columns.erase(em, ctx, entityType, fieldKey);
      } else {
        const count = await this.columns.count(em, ctx, entityType, fieldKey);
        if (count > 0) throw new FieldInUse(count, 'Delete with force=true to delete these values, too.');
      }
      await em.getRepository(CustomFieldDefinition).delete({ tenantId: ctx.tenantId, id });
      await this.notices.announce(em, CUSTOM_FIELDS_TOPIC, ctx.tenantId);
      return CustomFieldDefinitionDto.from(definition);
    });
  }

  /**
   * @param lock pessimistic_write for whoever changes what values must fit: nobody writes one until the end of the transaction, and
   *   what has been written is seen; for_key_share against that. @throws CustomFieldNotFound
   */
  async find(em: EntityManager, ctx: TenantContext, id: number, lock?: 'pessimistic_write' | 'for_no_key_update' | 'for_key_share'): Promise<CustomFieldDefinition> {
    const definition = await em.getRepository(CustomFieldDefinition).findOne({ where: { tenantId: ctx.tenantId, id }, lock: lock && { mode: lock } });
    if (!definition) throw new CustomFieldNotFound();
    return definition;
  }
}
