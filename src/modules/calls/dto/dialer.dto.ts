import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { CALL_PROVIDERS, type CallProviderName } from '../call-provider';

const STATES = ['dialing', 'live', 'unknown', 'over'] as const;
const LANES = ['single', 'bulk'] as const;

export class DialerQueryDto {
  @ApiPropertyOptional({ enum: CALL_PROVIDERS, default: 'vapi' })
  @IsOptional()
  @IsIn(CALL_PROVIDERS, { message: `must be one of ${CALL_PROVIDERS.join(', ')}` })
  provider?: CallProviderName;
}

export class DialerSlotDto {
  callId: number;
  to: string;
  /** 1 for the first. */
  attempt: number;
  /** Calls of a bulk wait in a lane of their own. */
  @ApiProperty({ enum: LANES })
  lane: (typeof LANES)[number];
  /** dialing: the request is under way; live: the provider has the call; unknown: it did not answer, and is being looked up. */
  @ApiProperty({ enum: STATES })
  state: (typeof STATES)[number];
  /** The call's. */
  status: string;
  providerId: string | null;
  @ApiProperty({ format: 'date-time' })
  since: string;
  /** When the provider is asked about it, at the latest. */
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  nextCheckAt: string | null;
  /** Why the line is held, in a sentence. */
  explanation: string;
}

export class DialerDto {
  @ApiProperty({ enum: CALL_PROVIDERS })
  provider: CallProviderName;
  /** Whether the built-in sandbox plays the provider. */
  sandbox: boolean;
  /** Lines of the connection: what the provider said last, or less where the connection's concurrencyLimit says so. */
  @ApiProperty({ type: 'integer' })
  limit: number;
  /** Lines held, those of others who share the connection included. */
  @ApiProperty({ type: 'integer' })
  active: number;
  @ApiProperty({ type: 'integer' })
  activeOfOthers: number;
  /** Calls of yours that wait for a line. */
  @ApiProperty({ type: 'integer' })
  queued: number;
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  oldestQueuedAt: string | null;
  /** The provider asked to be left alone until then. */
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  blockedUntil: string | null;
  /** Why no call goes out at all, in the provider's words: its account needs a person. Null where all is well. */
  pausedReason: string | null;
  /** When one call is tried again. */
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  pausedUntil: string | null;
  /** Yours. */
  slots: DialerSlotDto[];
}
