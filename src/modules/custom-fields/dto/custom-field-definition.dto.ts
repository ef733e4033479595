import { IsBoolean, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { BooleanLike, IsText } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import type { CustomFieldDefinition } from '../custom-field-definition.entity';
import { ENTITY_TYPES, type EntityType, FIELD_TYPES, type FieldType } from '../custom-field.types';

export class CreateCustomFieldDefinitionDto {
  @IsIn(ENTITY_TYPES, { message: `must be one of ${ENTITY_TYPES.join(', ')}` })
  entityType: EntityType;

  /** Unique per entityType; never changes. @example "vehicle" */
  @IsString()
  @Matches(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, { message: 'must begin with a letter and go on with up to 62 letters, digits or _' })
  fieldKey: string;

  @IsIn(FIELD_TYPES, { message: `must be one of ${FIELD_TYPES.join(', ')}` })
  fieldType: FieldType;

  /** What people read instead of the key. */
  @IsOptional()
  @IsText()
  fieldLabel?: string | null;

  /** What the field is for. */
  @IsOptional()
  @IsText(2000)
  description?: string | null;
}

/** id, tenantId, createdAt and updatedAt may be sent back as they were read, and change nothing. */
export class UpdateCustomFieldDefinitionDto {
  @IsOptional()
  id?: number;

  @IsOptional()
  tenantId?: string;

  /** Never changes: another value is 409. */
  @IsOptional()
  @IsIn(ENTITY_TYPES, { message: `must be one of ${ENTITY_TYPES.join(', ')}` })
  entityType?: EntityType;

  /** Never changes: another value is 409. */
  @IsOptional()
  @IsText(63)
  fieldKey?: string;

  /** Changes only while no record has a value for the field. */
  @IsOptional()
  @IsIn(FIELD_TYPES, { message: `must be one of ${FIELD_TYPES.join(', ')}` })
  fieldType?: FieldType;

  @IsOptional()
  @IsText()
  fieldLabel?: string | null;

  @IsOptional()
  @IsText(2000)
  description?: string | null;

  @IsOptional()
  createdAt?: string;

  @IsOptional()
  updatedAt?: string;
}

export class CustomFieldDefinitionDto {
  id: number;
  tenantId: string;
  entityType: EntityType;
  fieldKey: string;
  fieldLabel: string | null;
  fieldType: FieldType;
  description: string | null;
  createdAt: Date;
  updatedAt: Date;

  static from(row: CustomFieldDefinition): CustomFieldDefinitionDto {
    return {
      id: row.id,
      tenantId: String(row.tenantId),
      entityType: row.entityType,
      fieldKey: row.fieldKey,
      fieldLabel: row.fieldLabel,
      fieldType: row.fieldType,
      description: row.description,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }
}

export class CustomFieldDefinitionPageDto extends pageOf(CustomFieldDefinitionDto) {}

export class DeleteCustomFieldDefinitionQueryDto {
  /** true deletes the values that records hold, too. */
  @IsOptional()
  @BooleanLike()
  @IsBoolean()
  force?: boolean;

  /** The caller's own tenant; any other is 403. */
  @IsOptional()
  @IsString()
  tenantId?: string;
}
