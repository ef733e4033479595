import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { InvalidPageToken } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { PhoneNumberNotFound } from '../connections';
import { CreateVoiceAgentDto, UpdateVoiceAgentDto, VoiceAgentDto, VoiceAgentPageDto } from './dto/voice-agent.dto';
import { VoiceAgentNotFound } from './voice-agents.errors';
import { VoiceAgentsService } from './voice-agents.service';

@ApiTags('voice-agents')
@Controller('voice-agents')
export class VoiceAgentsController {
  constructor(private readonly agents: VoiceAgentsService) {}

  /** List voice agents */
  @Get()
  @Endpoint({ id: 'GetVoiceAgents', scope: 'voice-agents:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<VoiceAgentPageDto> {
    return this.agents.list(ctx, query);
  }

  /** Create a voice agent: one that is configured at Vapi or Elemente */
  @PostEndpoint('', { id: 'CreateVoiceAgent', scope: 'voice-agents:write', errors: [PhoneNumberNotFound] })
  create(@Ctx() ctx: TenantContext, @Body() body: CreateVoiceAgentDto): Promise<VoiceAgentDto> {
    return this.agents.create(ctx, body);
  }

  /** Get a voice agent by id */
  @Get(':id')
  @Endpoint({ id: 'GetVoiceAgent', scope: 'voice-agents:read', errors: [VoiceAgentNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<VoiceAgentDto> {
    return this.agents.get(ctx, id);
  }

  /** Update a voice agent: only the fields given; calls that were started before keep what they were started with */
  @Put(':id')
  @Endpoint({ id: 'UpdateVoiceAgent', scope: 'voice-agents:write', errors: [VoiceAgentNotFound, PhoneNumberNotFound] })
  update(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Body() body: UpdateVoiceAgentDto): Promise<VoiceAgentDto> {
    return this.agents.update(ctx, id, body);
  }

  /** Delete a voice agent; answers with it as it was */
  @Delete(':id')
  @Endpoint({ id: 'DeleteVoiceAgent', scope: 'voice-agents:write', errors: [VoiceAgentNotFound] })
  delete(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<VoiceAgentDto> {
    return this.agents.delete(ctx, id);
  }
}
