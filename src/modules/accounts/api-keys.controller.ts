import { Body, Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { ApiKeyNotFound, UnknownScope, UserNotFound } from './accounts.errors';
import { ApiKeysService } from './api-keys.service';
import { ApiKeyDto, ApiKeyPageDto, CreateApiKeyDto, CreatedApiKeyDto } from './dto/api-key.dto';

@ApiTags('api-keys')
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  /** List API keys that are not revoked */
  @Get()
  @Endpoint({ id: 'GetApiKeys', scope: 'admin' })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<ApiKeyPageDto> {
    return this.keys.list(ctx, query);
  }

  /** Create an API key: the answer shows it once */
  @PostEndpoint('', { id: 'CreateApiKey', scope: 'admin', errors: [UnknownScope, UserNotFound], secrets: ['key'] })
  create(@Ctx() ctx: TenantContext, @Body() body: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    return this.keys.create(ctx, body);
  }

  /** Revoke an API key, at once */
  @Delete(':id')
  @Endpoint({ id: 'DeleteApiKey', scope: 'admin', errors: [ApiKeyNotFound] })
  revoke(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<ApiKeyDto> {
    return this.keys.revoke(ctx, id);
  }
}
