import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { IsJsonObject, IsText } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { PROVIDERS, type ProviderName } from '../connection';
import type { ConnectionSettings } from '../connection-reader';
import type { ConnectionRow } from '../connections.repository';

export class SaveConnectionDto {
  /** The service checks the rest, and throws its faults together with those of the shape. */
  static readonly deferFaults = true;

  /** https, and public; without a version path. Null for the provider's own. Another one takes the credentials along: what is stored is sent nowhere else. */
  @IsOptional()
  @IsText(500)
  baseUrl?: string | null;

  /**
   * Never shown again. vapi: apiKey; twilio: accountSid, authToken; elemente: username, password; whatsapp: accessToken, appSecret,
   * verifyToken; botmaker: none. Null has the sandbox play the provider.
   */
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, nullable: true, writeOnly: true })
  @IsOptional()
  @IsJsonObject()
  credentials?: Record<string, string> | null;

  /** Never shown again. Proves that a webhook comes from the provider; null for one that is made here and sent along with each call. botmaker: the token that it is to send as auth-bm-token. */
  @ApiPropertyOptional({ type: String, nullable: true, writeOnly: true })
  @IsOptional()
  @Matches(/^[\x21-\x7e]{8,255}$/, { message: 'must have 8 to 255 visible characters of ASCII' })
  webhookSecret?: string | null;

  /** Calls at a time; null for what the provider says. */
  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(1)
  @Max(10_000)
  concurrencyLimit?: number | null;
}

export class ConnectionDto {
  id: number;
  @ApiProperty({ enum: PROVIDERS })
  provider: ProviderName;
  /** False for the account that the environment names, which all tenants without one of their own share. */
  own: boolean;
  /** True where there are no credentials: the built-in sandbox plays the provider. */
  sandbox: boolean;
  baseUrl: string;
  /** Where the provider has to send its webhooks. */
  webhookUrl: string;
  concurrencyLimit: number | null;
  /** What the provider itself says of its limit. */
  learntLimit: number | null;
  /** The provider asked to be left alone until then. */
  blockedUntil: string | null;
  /** Why no call goes out: the provider refuses the account. */
  pausedReason: string | null;
  /** When it is tried again. */
  pausedUntil: string | null;
  createdAt: string;
  updatedAt: string;

  static from(row: ConnectionRow, { id, provider, tenantId, sandbox, baseUrl, webhookUrl, concurrencyLimit }: ConnectionSettings): ConnectionDto {
    return {
      id,
      provider,
      own: tenantId !== null,
      sandbox,
      baseUrl,
      webhookUrl,
      concurrencyLimit,
      learntLimit: row.learnt_limit,
      blockedUntil: row.blocked_until,
      pausedReason: row.paused_reason,
      pausedUntil: row.paused_until,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }
}

export class ConnectionPageDto extends pageOf(ConnectionDto) {}
