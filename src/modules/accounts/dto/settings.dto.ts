import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateIf } from 'class-validator';
import { IsText } from '../../../platform/http/validators';

/** Absent leaves a setting as it is; null, which IsOptional would let through as well, leaves it open. */
const Given = () => ValidateIf((_: object, value: unknown) => value !== undefined);

export class UpdateSettingsDto {
  /** @example "ACME" */
  @ApiPropertyOptional({ type: String })
  @Given()
  @IsText()
  name?: string;

  /** ISO 3166-1 alpha-2: of phone numbers without a country code. Null takes the server's. @example "CL" */
  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsText(10)
  country?: string | null;

  /** IANA: in which days begin and end. Null takes the country's. @example "America/Santiago" */
  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsText(100)
  timezone?: string | null;

  /** Rung by bridges without `from`, where the key has no user with a phone. Null is none. @example "+56912345678" */
  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsText(64)
  agentPhone?: string | null;
}

export class SettingsDto {
  name: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** IANA. */
  timezone: string;
  /** E.164. */
  @ApiProperty({ type: String, nullable: true })
  agentPhone: string | null;
}
