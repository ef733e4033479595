import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { TenantNameTaken } from './accounts.errors';
import { SettingsDto, UpdateSettingsDto } from './dto/settings.dto';
import { TenantSettings } from './tenant-settings';

@ApiTags('settings')
@Controller('settings')
export class SettingsController {
  constructor(private readonly settings: TenantSettings) {}

  /** Get the tenant's settings */
  @Get()
  @Endpoint({ id: 'GetSettings', scope: 'admin' })
  get(@Ctx() ctx: TenantContext): Promise<SettingsDto> {
    return this.settings.of(ctx.tenantId);
  }

  /** Update the tenant's settings: only those given; null leaves one open again */
  @Put()
  @Endpoint({ id: 'UpdateSettings', scope: 'admin', errors: [TenantNameTaken] })
  update(@Ctx() ctx: TenantContext, @Body() body: UpdateSettingsDto): Promise<SettingsDto> {
    return this.settings.update(ctx, body);
  }
}
