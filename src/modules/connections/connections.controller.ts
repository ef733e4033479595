import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { PROVIDERS, type ProviderName } from './connection';
import { ConnectionInUse, ConnectionNotFound, ProviderNotFound } from './connections.errors';
import { ConnectionsService } from './connections.service';
import { ConnectionDto, ConnectionPageDto, SaveConnectionDto } from './dto/connection.dto';
import { ProviderPipe } from './provider.pipe';

@ApiTags('connections')
@Controller('connections')
export class ConnectionsController {
  constructor(private readonly connections: ConnectionsService) {}

  /** List connections: one to each provider, your own or the environment's */
  @Get()
  @Endpoint({ id: 'GetConnections', scope: 'admin' })
  list(@Ctx() ctx: TenantContext): Promise<ConnectionPageDto> {
    return this.connections.list(ctx);
  }

  /** Save your own connection to a provider: only the fields given; the dialer tries it at once */
  @Put(':provider')
  @ApiParam({ name: 'provider', enum: PROVIDERS })
  @Endpoint({ id: 'SaveConnection', scope: 'admin', errors: [ProviderNotFound] })
  save(@Ctx() ctx: TenantContext, @Param('provider', ProviderPipe) provider: ProviderName, @Body() body: SaveConnectionDto): Promise<ConnectionDto> {
    return this.connections.save(ctx, provider, body);
  }

  /** Delete your own connection to a provider: the environment's is used from then on */
  @Delete(':provider')
  @ApiParam({ name: 'provider', enum: PROVIDERS })
  @Endpoint({ id: 'DeleteConnection', scope: 'admin', errors: [ProviderNotFound, ConnectionNotFound, ConnectionInUse] })
  delete(@Ctx() ctx: TenantContext, @Param('provider', ProviderPipe) provider: ProviderName): Promise<ConnectionDto> {
    return this.connections.delete(ctx, provider);
  }
}
