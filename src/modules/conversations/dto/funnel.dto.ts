import { PartialType } from '@nestjs/swagger';
import { ArrayMaxSize, IsNotEmpty, IsOptional } from 'class-validator';
import { IsId, IsParts, IsText, MayBeAbsent } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';

export class FunnelStatusInputDto {
  /** Of a status that stays; a new one has none. */
  @IsOptional()
  @IsId()
  id?: number;

  @IsText()
  @IsNotEmpty({ message: 'must not be empty' })
  name: string;
}

export class CreateFunnelDto {
  /** @example "Sales" */
  @IsText()
  @IsNotEmpty({ message: 'must not be empty' })
  name: string;

  /** In their order; a new conversation starts in the first. */
  @MayBeAbsent()
  @ArrayMaxSize(100)
  @IsParts(() => FunnelStatusInputDto, 'must be objects with a name')
  statuses?: FunnelStatusInputDto[];
}

/** statuses, where given, is the whole list: what has an id stays, what has none is added, what is left out goes. */
export class UpdateFunnelDto extends PartialType(CreateFunnelDto, { skipNullProperties: false }) {}

export class FunnelStatusDto {
  id: number;
  name: string;
  /** From 0. */
  position: number;
}

export interface FunnelRow {
  id: number;
  tenant_id: number;
  name: string;
  created_at: string;
  updated_at: string;
  statuses: FunnelStatusDto[];
}

export class FunnelDto {
  id: number;
  tenantId: string;
  name: string;
  statuses: FunnelStatusDto[];
  createdAt: string;
  updatedAt: string;

  static from(row: FunnelRow): FunnelDto {
    return { id: row.id, tenantId: String(row.tenant_id), name: row.name, statuses: row.statuses, createdAt: row.created_at, updatedAt: row.updated_at };
  }
}

export class FunnelPageDto extends pageOf(FunnelDto) {}
