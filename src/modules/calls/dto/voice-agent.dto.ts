import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { IsIn, IsNotEmpty, IsOptional } from 'class-validator';
import { IsId, IsJsonObject, IsText, MayBeAbsent } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { AGENT_CHANNELS, type AgentChannel, VOICE_AGENT_PROVIDERS, type VoiceAgent, type VoiceAgentProvider } from '../voice-agent.entity';

export class CreateVoiceAgentDto {
  /** What depends on the provider is checked by the service, which throws its faults together with those of the shape. */
  static readonly deferFaults = true;

  /** @example "Sofía" */
  @IsText()
  @IsNotEmpty({ message: 'must not be empty' })
  name: string;

  @ApiProperty({ enum: VOICE_AGENT_PROVIDERS })
  @IsIn(VOICE_AGENT_PROVIDERS, { message: `must be one of ${VOICE_AGENT_PROVIDERS.join(', ')}` })
  provider: VoiceAgentProvider;

  /** The assistant's or agent's id at the provider. */
  @IsOptional()
  @IsText()
  assistantId?: string | null;

  /** Vapi: a transient assistant in Vapi's own JSON, in place of assistantId. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsJsonObject()
  assistant?: Record<string, unknown> | null;

  /** Elemente: the skill's id. */
  @IsOptional()
  @IsText()
  skillId?: string | null;

  /** call, where absent; the others are Elemente's. */
  @ApiPropertyOptional({ enum: AGENT_CHANNELS, nullable: true })
  @IsOptional()
  @IsIn(AGENT_CHANNELS, { message: `must be one of ${AGENT_CHANNELS.join(', ')}` })
  channel?: AgentChannel | null;

  /** The phone number of yours that it calls from, one of the same provider; the provider's default where absent. */
  @IsOptional()
  @IsId()
  phoneNumberId?: number | null;

  /** Variables by name; a call's contextVariables are laid over them. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @MayBeAbsent()
  @IsJsonObject()
  variableDefaults?: Record<string, unknown>;
}

/** id, tenantId, createdAt and updatedAt may be sent back as they were read, and change nothing. */
export class UpdateVoiceAgentDto extends PartialType(CreateVoiceAgentDto, { skipNullProperties: false }) {
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

export class VoiceAgentDto {
  id: number;
  tenantId: string;
  name: string;
  @ApiProperty({ enum: VOICE_AGENT_PROVIDERS })
  provider: VoiceAgentProvider;
  assistantId: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  assistant: Record<string, unknown> | null;
  skillId: string | null;
  @ApiProperty({ enum: AGENT_CHANNELS, nullable: true })
  channel: AgentChannel | null;
  phoneNumberId: number | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  variableDefaults: Record<string, unknown>;
  createdAt: Date;
  updatedAt: Date;

  static from(row: VoiceAgent): VoiceAgentDto {
    return {
      id: row.id,
      tenantId: String(row.tenantId),
      name: row.name,
      provider: row.provider,
      assistantId: row.assistantId,
      assistant: row.assistant,
      skillId: row.skillId,
      channel: row.channel,
      phoneNumberId: row.phoneNumberId,
      variableDefaults: row.variableDefaults,
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }
}

export class VoiceAgentPageDto extends pageOf(VoiceAgentDto) {}
