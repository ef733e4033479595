import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { ArrayUnique, IsArray, IsBoolean, IsIn, IsOptional } from 'class-validator';
import { IsText, MayBeAbsent } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { PROVIDERS, type ProviderName } from '../connection';
import { CAPABILITIES, type Capability, type PhoneNumber } from '../phone-number.entity';

const ENUM_OF_CAPABILITIES = { enum: CAPABILITIES, isArray: true };

export class CreatePhoneNumberDto {
  /** The number itself is checked by the service, which throws its fault together with those of the shape. */
  static readonly deferFaults = true;

  /** Stored as E.164. @example "+525512345678" */
  @IsText(64)
  number: string;

  @ApiProperty({ enum: PROVIDERS })
  @IsIn(PROVIDERS, { message: `must be one of ${PROVIDERS.join(', ')}` })
  provider: ProviderName;

  /** The number's id at the provider, which calls need there. */
  @IsOptional()
  @IsText()
  providerId?: string | null;

  /** call, where absent; whatsapp for a number of WhatsApp. */
  @ApiPropertyOptional(ENUM_OF_CAPABILITIES)
  @MayBeAbsent()
  @IsArray()
  @IsIn(CAPABILITIES, { each: true, message: `must be some of ${CAPABILITIES.join(', ')}` })
  @ArrayUnique({ message: 'must have each only once' })
  capabilities?: Capability[];

  /** What calls go out from unless told otherwise: one number of a provider, at first its first. */
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  isDefault?: boolean;
}

/** id, tenantId, createdAt and updatedAt may be sent back as they were read, and change nothing; provider never changes. */
export class UpdatePhoneNumberDto extends PartialType(CreatePhoneNumberDto, { skipNullProperties: false }) {
  static readonly deferFaults = true;

  @IsOptional()
  id?: number;

  @IsOptional()
  tenantId?: string;

  @IsOptional()
  createdAt?: string;

  @IsOptional()
  updatedAt?: string;
}

export class PhoneNumberDto {
  id: number;
  tenantId: string;
  /** E.164. */
  number: string;
  @ApiProperty({ enum: PROVIDERS })
  provider: ProviderName;
  providerId: string | null;
  @ApiProperty(ENUM_OF_CAPABILITIES)
  capabilities: Capability[];
  isDefault: boolean;
  createdAt: Date;
  updatedAt: Date;

  static from(row: PhoneNumber): PhoneNumberDto {
    return {
      id: row.id,
      tenantId: String(row.tenantId),
      number: row.number,
      provider: row.provider,
      providerId: row.providerId,
      capabilities: row.capabilities,
      isDefault: row.isDefault,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }
}

export class PhoneNumberPageDto extends pageOf(PhoneNumberDto) {}
