import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsOptional, IsString } from 'class-validator';
import { IsId, IsText, MayBeAbsent } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { ApiKey, type ApiKeyMode } from '../api-key.entity';

export class CreateApiKeyDto {
  /** What the key is for. */
  @IsText()
  name: string;

  /** Resources with :read or :write, as contacts:write; admin is everything, and the default. */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @IsString({ each: true })
  scopes?: string[];

  /** live, unless test is given. */
  @IsOptional()
  @IsIn(['live', 'test'])
  mode?: ApiKeyMode;

  /** The user that the key acts for. */
  @IsOptional()
  @IsId()
  userId?: number | null;
}

export class ApiKeyDto {
  id: number;
  tenantId: string;
  name: string;
  /** The key's first characters. */
  prefix: string;
  scopes: string[];
  mode: ApiKeyMode;
  userId: number | null;
  /** Right to the minute. */
  lastUsedAt: Date | null;
  createdAt: Date;

  static from(row: Omit<ApiKey, 'keyHash' | 'revokedAt'>): ApiKeyDto {
    return {
      id: row.id,
      tenantId: String(row.tenantId),
      name: row.name,
      prefix: row.prefix,
      scopes: row.scopes,
      mode: row.mode,
      userId: row.userId,
      lastUsedAt: row.lastUsedAt,
      createdAt: row.createdAt,
    };
  }
}

export class CreatedApiKeyDto extends ApiKeyDto {
  /** The key itself, shown this once. Null where the answer is replayed for its Idempotency-Key: if the first one was lost, revoke this key and create another. */
  @ApiProperty({ type: String, nullable: true })
  key: string;

  static withKey(row: ApiKey, key: string): CreatedApiKeyDto {
    return { ...ApiKeyDto.from(row), key };
  }
}

export class ApiKeyPageDto extends pageOf(ApiKeyDto) {}
