import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsNumber, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { IsId, IsJsonObject, IsPart, IsText, MayBeAbsent } from '../../../platform/http/validators';
import { COMMUNICATION_STYLES, type CommunicationStyle } from '../agent-prompt';
import { LOCALIZATIONS, type Localization } from '../call-provider';

const MAX_PHONE = 64;

/** A list of texts, each of up to `length` characters; one that needs some is required. */
const TextList = (most: number, length: number, least = 0) =>
  applyDecorators(
    ApiProperty({ type: 'array', minItems: least, maxItems: most, items: { type: 'string', maxLength: length }, required: least > 0 }),
    IsArray(),
    ArrayMinSize(least, { message: `must have at least ${least}` }),
    ArrayMaxSize(most, { message: `must have at most ${most}` }),
    IsString({ each: true, message: 'must be a list of texts' }),
    MaxLength(length, { each: true, message: `must have at most ${length} characters each` }),
  );

export class AgentCallPersonalityDto {
  /** How the agent introduces itself. */
  @IsOptional()
  @IsText(100)
  name?: string;

  @ApiPropertyOptional({ enum: COMMUNICATION_STYLES })
  @IsOptional()
  @IsIn(COMMUNICATION_STYLES, { message: `must be one of ${COMMUNICATION_STYLES.join(', ')}` })
  communicationStyle?: CommunicationStyle;

  @IsOptional()
  @IsText(1000)
  customTraits?: string;
}

export class AgentCallContactInfoDto {
  @IsOptional()
  @IsText()
  firstName?: string;

  @IsOptional()
  @IsText()
  lastName?: string;

  @IsOptional()
  @IsText()
  company?: string;

  /** Text by name. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  @MayBeAbsent()
  @IsJsonObject()
  additionalInfo?: Record<string, string>;
}

export class VapiModelNameDto {
  @IsOptional()
  @IsText(100)
  provider?: string;

  @IsOptional()
  @IsText(100)
  model?: string;
}

export class VapiModelDto {
  /** 50 to 10,000. */
  @IsOptional()
  @IsNumber()
  @Min(50)
  @Max(10_000)
  maxTokens?: number;

  /** 0 to 2. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number;

  @MayBeAbsent()
  @IsPart(() => VapiModelNameDto)
  model?: VapiModelNameDto;
}

export class VapiVoiceDto {
  @IsOptional()
  @IsText(100)
  provider?: string;

  @IsOptional()
  @IsText(200)
  voiceId?: string;

  @IsOptional()
  @IsText(100)
  model?: string;

  /** 0.7 to 1.2. */
  @IsOptional()
  @IsNumber()
  @Min(0.7)
  @Max(1.2)
  speed?: number;

  /** 0 to 1. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  stability?: number;

  /** 0 to 1. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  style?: number;

  /** 0 to 4. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(4)
  optimizeStreamingLatency?: number;
}

export class VapiTranscriberDto {
  @IsOptional()
  @IsText(100)
  provider?: string;

  @IsOptional()
  @IsText(100)
  model?: string;

  @ApiPropertyOptional({ enum: LOCALIZATIONS })
  @IsOptional()
  @IsIn(LOCALIZATIONS, { message: `must be one of ${LOCALIZATIONS.join(', ')}` })
  localization?: Localization;

  /** 0 to 1. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  confidenceThreshold?: number;

  @MayBeAbsent()
  @TextList(100, 100)
  keywords?: string[];
}

export class VapiProviderConfigDto {
  @MayBeAbsent()
  @IsPart(() => VapiModelDto)
  model?: VapiModelDto;

  @MayBeAbsent()
  @IsPart(() => VapiVoiceDto)
  voice?: VapiVoiceDto;

  @MayBeAbsent()
  @IsPart(() => VapiTranscriberDto)
  transcriber?: VapiTranscriberDto;
}

export class StartAgentCallDto {
  /** @example "+525512345678" */
  @IsText(MAX_PHONE)
  toPhoneNumber: string;

  /** One of our phone numbers; the default one of Vapi's, where absent. */
  @IsOptional()
  @IsText(MAX_PHONE)
  fromPhoneNumber?: string;

  /** What the call is to achieve: 1 to 20, of up to 500 characters. */
  @TextList(20, 500, 1)
  objectives: string[];

  @IsOptional()
  @IsId()
  userId?: number;

  @MayBeAbsent()
  @IsPart(() => AgentCallPersonalityDto)
  personality?: AgentCallPersonalityDto;

  /** The caller's language and country; the tenant's own, where absent. */
  @ApiPropertyOptional({ enum: LOCALIZATIONS })
  @IsOptional()
  @IsIn(LOCALIZATIONS, { message: `must be one of ${LOCALIZATIONS.join(', ')}` })
  localization?: Localization;

  /** What the agent must never do: up to 50. */
  @MayBeAbsent()
  @TextList(50, 500)
  constraints?: string[];

  /** Who is called; the contact is created where nobody has the number. */
  @MayBeAbsent()
  @IsPart(() => AgentCallContactInfoDto)
  contactInfo?: AgentCallContactInfoDto;

  /** What the agent knows: up to 20,000 characters. */
  @IsOptional()
  @IsText(20_000)
  knowledgeBase?: string;

  /** Steps in their order: up to 50. */
  @MayBeAbsent()
  @TextList(50, 500)
  taskSteps?: string[];

  /** 10 to 43,200. */
  @IsOptional()
  @IsNumber()
  @Min(10)
  @Max(43_200)
  maxDurationSeconds?: number;

  /** Accepted and not sent on: Vapi knows no such setting any more. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  silenceTimeoutSeconds?: number;

  /** Shown to the agent, usable as variables, and kept with the call. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @MayBeAbsent()
  @IsJsonObject()
  customData?: Record<string, unknown>;

  @ApiPropertyOptional({ enum: ['vapi'] })
  @IsOptional()
  @IsIn(['vapi'], { message: 'must be vapi' })
  provider?: 'vapi';

  @MayBeAbsent()
  @IsPart(() => VapiProviderConfigDto)
  providerConfig?: VapiProviderConfigDto;
}

export class StartVoiceAgentCallDto {
  @IsId()
  voiceAgentId: number;

  /** @example "+525512345678" */
  @IsText(320)
  to: string;

  /** Laid over the agent's variableDefaults, and given to the agent as they are. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  @IsJsonObject()
  contextVariables: Record<string, unknown>;

  /** Kept with the call. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @MayBeAbsent()
  @IsJsonObject()
  customData?: Record<string, unknown>;
}

export class BulkCallItemDto {
  /** @example "+525512345678" */
  @IsText(320)
  to: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  contextVariables?: Record<string, unknown> | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  customData?: Record<string, unknown> | null;

  /** The caller's own name for the item, up to 128 characters; given back in its issues. */
  clientRef?: string;
}

/** Read as it was sent: what is wrong with an item is in its report. */
export class StartVoiceAgentCallsDto {
  static readonly readByWorkflow = true;

  @IsId()
  voiceAgentId: number;

  /** Up to 10,000. */
  @ApiProperty({ type: [BulkCallItemDto] })
  calls: BulkCallItemDto[];

  /** skip leaves out numbers that wait to be called, or are being called, already. */
  @ApiPropertyOptional({ enum: ['skip', 'create'], default: 'skip' })
  @IsOptional()
  onDuplicate?: 'skip' | 'create';

  /** Report only; write nothing. */
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;
}

export class StartBridgeCallDto {
  /** The agent's phone, which rings first. Where absent: that of the API key's user, else the tenant's agentPhone (PUT /api/v1/settings), else one of the sandbox. */
  @IsOptional()
  @IsText(MAX_PHONE)
  from?: string;

  /** @example "+525512345678" */
  @IsText(MAX_PHONE)
  to: string;

  /** Kept with the call. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsJsonObject()
  providerData?: Record<string, unknown> | null;

  /** Kept with the call. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsJsonObject()
  callCustomData?: Record<string, unknown> | null;
}
