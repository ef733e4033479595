import { IsNotEmpty, IsOptional } from 'class-validator';
import { IsId, IsText } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import type { CustomFieldOption } from '../custom-field-option.entity';

export class CreateCustomFieldListOptionDto {
  /** The definition in the path; may be left out. */
  @IsOptional()
  @IsId()
  definitionId?: number;

  /** What records store. */
  @IsText()
  @IsNotEmpty({ message: 'must not be empty' })
  value: string;

  /** What people read instead of the value. */
  @IsOptional()
  @IsText()
  label?: string | null;

  @IsOptional()
  @IsText(2000)
  description?: string | null;
}

/** id, tenantId, createdAt and updatedAt may be sent back as they were read, and change nothing. */
export class UpdateCustomFieldListOptionDto {
  @IsOptional()
  id?: number;

  @IsOptional()
  tenantId?: string;

  @IsOptional()
  definitionId?: number;

  /** Changes only while no record holds it. */
  @IsOptional()
  @IsText()
  @IsNotEmpty({ message: 'must not be empty' })
  value?: string;

  @IsOptional()
  @IsText()
  label?: string | null;

  @IsOptional()
  @IsText(2000)
  description?: string | null;

  @IsOptional()
  createdAt?: string;

  @IsOptional()
  updatedAt?: string;
}

export class CustomFieldListOptionDto {
  id: number;
  tenantId: string;
  definitionId: number;
  value: string;
  label: string | null;
  description: string | null;
  createdAt: Date;
  updatedAt: Date;

  static from(row: CustomFieldOption): CustomFieldListOptionDto {
    return {
      id: row.id,
      tenantId: String(row.tenantId),
      definitionId: row.definitionId,
      value: row.value,
      label: row.label,
      description: row.description,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }
}

export class CustomFieldListOptionPageDto extends pageOf(CustomFieldListOptionDto) {}
