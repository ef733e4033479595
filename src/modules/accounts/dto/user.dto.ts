import { PartialType } from '@nestjs/swagger';
import { IsEmail, IsOptional } from 'class-validator';
import { IsText } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import type { User } from '../user.entity';

export class CreateUserDto {
  /** @example "Ana Pérez" */
  @IsText()
  name: string;

  @IsOptional()
  @IsEmail()
  email?: string | null;

  /** The agent's phone for bridge calls; stored as E.164. */
  @IsOptional()
  @IsText(50)
  phoneNumber?: string | null;
}

/** id, tenantId, createdAt and updatedAt may be sent back as they were read, and change nothing. */
export class UpdateUserDto extends PartialType(CreateUserDto, { skipNullProperties: false }) {
  @IsOptional()
  id?: number;

  @IsOptional()
  tenantId?: string;

  @IsOptional()
  createdAt?: string;

  @IsOptional()
  updatedAt?: string;
}

export class UserDto {
  id: number;
  tenantId: string;
  name: string;
  email: string | null;
  phoneNumber: string | null;
  createdAt: Date;
  updatedAt: Date;

  static from(row: User): UserDto {
    return {
      id: row.id,
      tenantId: String(row.tenantId),
      name: row.name,
      email: row.email,
      phoneNumber: row.phoneNumber,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }
}

export class UserPageDto extends pageOf(UserDto) {}
