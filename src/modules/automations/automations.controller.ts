import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { AutomationNotFound } from './automations.errors';
import { AutomationsService } from './automations.service';
import { AutomationDto, AutomationPageDto, SaveAutomationDto } from './dto/automation.dto';
import { TRIGGER_NAMES } from './triggers';

@ApiTags('automations')
@Controller('automations')
export class AutomationsController {
  constructor(private readonly automations: AutomationsService) {}

  /** List what can follow by itself, and whether it does: follow-up tasks */
  @Get()
  @Endpoint({ id: 'GetAutomations', scope: 'automations:read' })
  list(@Ctx() ctx: TenantContext): Promise<AutomationPageDto> {
    return this.automations.list(ctx);
  }

  /** Get an automation by what triggers it */
  @Get(':trigger')
  @ApiParam({ name: 'trigger', enum: TRIGGER_NAMES })
  @Endpoint({ id: 'GetAutomation', scope: 'automations:read', errors: [AutomationNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('trigger') trigger: string): Promise<AutomationDto> {
    return this.automations.get(ctx, trigger);
  }

  /** Turn an automation on or off, and say what it does: only the fields given change */
  @Put(':trigger')
  @ApiParam({ name: 'trigger', enum: TRIGGER_NAMES })
  @Endpoint({ id: 'SaveAutomation', scope: 'automations:write', errors: [AutomationNotFound] })
  save(@Ctx() ctx: TenantContext, @Param('trigger') trigger: string, @Body() body: SaveAutomationDto): Promise<AutomationDto> {
    return this.automations.save(ctx, trigger, body);
  }
}
