import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChangeNotices } from '../../platform/database/change-notices';
import { TenantDb, constraintOf } from '../../platform/database/tenant-db';
import { assertSameId } from '../../platform/errors/path-identity';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { CustomFieldColumns } from './custom-field-columns';
import { CustomFieldDefinition } from './custom-field-definition.entity';
import { CustomFieldDefinitionsService } from './custom-field-definitions.service';
import { CustomFieldOption } from './custom-field-option.entity';
import { CUSTOM_FIELDS_TOPIC } from './custom-fields.api';
import { NotAListField, OptionInUse, OptionNotFound, OptionValueTaken } from './custom-fields.errors';
import { type CreateCustomFieldListOptionDto, CustomFieldListOptionDto, type UpdateCustomFieldListOptionDto } from './dto/custom-field-option.dto';

const LIST: ListDefinition<CustomFieldOption, CustomFieldListOptionDto> = {
  name: 'custom-field-options',
  from: 'custom_field_options o',
  columns:
    'o.id, o.tenant_id AS "tenantId", o.definition_id AS "definitionId", o.value, o.label, o.description, o.created_at AS "createdAt", o.updated_at AS "updatedAt"',
  tenantColumn: 'o.tenant_id',
  idColumn: 'o.id',
  fields: {
    id: { type: 'number', sql: 'o.id' },
    value: { type: 'text', sql: 'o.value' },
    label: { type: 'text', sql: 'o.label' },
    createdAt: { type: 'instant', sql: 'o.created_at' },
    updatedAt: { type: 'instant', sql: 'o.updated_at' },
  },
  search: (text, sql) => `fold(concat_ws(' ', o.value, o.label, o.description)) LIKE ${sql.like(text)}`,
  defaultSort: ['id', 'asc'],
  read: (row) => CustomFieldListOptionDto.from(row),
};

@Injectable()
export class CustomFieldOptionsService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly definitions: CustomFieldDefinitionsService,
    private readonly columns: CustomFieldColumns,
    private readonly notices: ChangeNotices,
  ) {}

  list(ctx: TenantContext, definitionId: number, query: ListQueryDto): Promise<Page<CustomFieldListOptionDto>> {
    return this.db.read(ctx, async (em) => {
      await this.definitions.find(em, ctx, definitionId);
      const scope = { scope: (sql: { bind(value: unknown): string }) => `o.definition_id = ${sql.bind(definitionId)}`, scopeName: String(definitionId) };
      return this.lists.page(em, ctx, LIST, { ...this.lists.request(query), ...scope });
    });
  }

  async get(ctx: TenantContext, definitionId: number, id: number): Promise<CustomFieldListOptionDto> {
    return CustomFieldListOptionDto.from(await this.db.read(ctx, (em) => this.find(em, ctx, definitionId, id)));
  }

  create(ctx: TenantContext, definitionId: number, body: CreateCustomFieldListOptionDto): Promise<CustomFieldListOptionDto> {
    assertSameId('definitionId', definitionId, body.definitionId);
    const { value, label = null, description = null } = body;
    return this.write(ctx, value, async (em) => {
      const definition = await this.definitions.find(em, ctx, definitionId, 'for_key_share');
      if (definition.fieldType !== 'LIST') throw new NotAListField();
      const { identifiers } = await em.getRepository(CustomFieldOption).insert({ tenantId: ctx.tenantId, definitionId, value, label, description });
      return this.find(em, ctx, definitionId, (identifiers[0] as { id: number }).id);
    });
  }

  update(ctx: TenantContext, definitionId: number, id: number, body: UpdateCustomFieldListOptionDto): Promise<CustomFieldListOptionDto> {
    assertSameId('id', id, body.id);
    assertSameId('definitionId', definitionId, body.definitionId);
    return this.write(ctx, body.value ?? '', async (em) => {
      const option = await this.find(em, ctx, definitionId, id);
      const value = body.value ?? option.value;
      if (value !== option.value) await this.changeRule(em, ctx, definitionId, id);
      await em.getRepository(CustomFieldOption).update({ tenantId: ctx.tenantId, id }, { value, label: body.label, description: body.description, updatedAt: new Date() });
      return this.find(em, ctx, definitionId, id);
    });
  }

  /** Records that hold its value keep it. */
  delete(ctx: TenantContext, definitionId: number, id: number): Promise<CustomFieldListOptionDto> {
    return this.write(ctx, '', async (em) => {
      const option = await this.find(em, ctx, definitionId, id);
      await em.getRepository(CustomFieldOption).delete({ tenantId: ctx.tenantId, id });
      return option;
    });
  }

  private async write(ctx: TenantContext, value: string, work: (em: EntityManager) => Promise<CustomFieldOption>): Promise<CustomFieldListOptionDto> {
    try {
      return await this.db.write(ctx, async (em) => {
        const option = await work(em);
        await this.notices.announce(em, CUSTOM_FIELDS_TOPIC, ctx.tenantId);
        return CustomFieldListOptionDto.from(option);
      });
    } catch (error) {
      if (constraintOf(error) === 'uq_custom_field_options_value') throw new OptionValueTaken(value);
      throw error;
    }
  }

  /** An option's value goes only while nobody holds it: seen once nobody can write it any more. @throws OptionInUse */
  private async changeRule(em: EntityManager, ctx: TenantContext, definitionId: number, id: number): Promise<void> {
    const { entityType, fieldKey, revision } = await this.definitions.find(em, ctx, definitionId, 'pessimistic_write');
    const { value } = await this.find(em, ctx, definitionId, id);
    const count = await this.columns.count(em, ctx, entityType, fieldKey, value);
    if (count > 0) throw new OptionInUse(count);
    await em.getRepository(CustomFieldDefinition).update({ tenantId: ctx.tenantId, id: definitionId }, { revision: revision + 1 });
  }

  private async find(em: EntityManager, ctx: TenantContext, definitionId: number, id: number): Promise<CustomFieldOption> {
    await this.definitions.find(em, ctx, definitionId);
    const option = await em.getRepository(CustomFieldOption).findOneBy({ tenantId: ctx.tenantId, definitionId, id });
    if (!option) throw new OptionNotFound();
    return option;
  }
}
