import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { FunnelNotFound, FunnelStatusInUse } from './conversations.errors';
import { CreateFunnelDto, FunnelDto, FunnelPageDto, UpdateFunnelDto } from './dto/funnel.dto';
import { FunnelsService } from './funnels.service';

@ApiTags('funnels')
@Controller('funnels')
export class FunnelsController {
  constructor(private readonly funnels: FunnelsService) {}

  /** List funnels with their statuses */
  @Get()
  @Endpoint({ id: 'GetFunnels', scope: 'funnels:read' })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<FunnelPageDto> {
    return this.funnels.list(ctx, query);
  }

  /** Create a funnel with its statuses */
  @PostEndpoint('', { id: 'CreateFunnel', scope: 'funnels:write' })
  create(@Ctx() ctx: TenantContext, @Body() body: CreateFunnelDto): Promise<FunnelDto> {
    return this.funnels.create(ctx, body);
  }

  /** Get a funnel by id */
  @Get(':id')
  @Endpoint({ id: 'GetFunnel', scope: 'funnels:read', errors: [FunnelNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<FunnelDto> {
    return this.funnels.get(ctx, id);
  }

  /** Update a funnel; statuses, where given, is the whole list */
  @Put(':id')
  @Endpoint({ id: 'UpdateFunnel', scope: 'funnels:write', errors: [FunnelNotFound, FunnelStatusInUse] })
  update(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Body() body: UpdateFunnelDto): Promise<FunnelDto> {
    return this.funnels.update(ctx, id, body);
  }
}
