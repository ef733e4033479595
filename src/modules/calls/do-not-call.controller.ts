import { Body, Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { InvalidPageToken } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { DoNotCallEntryNotFound } from './do-not-call.errors';
import { DoNotCallService } from './do-not-call.service';
import { CreateDoNotCallEntryDto, DoNotCallEntryDto, DoNotCallEntryPageDto } from './dto/do-not-call.dto';

@ApiTags('do-not-call')
@Controller('do-not-call')
export class DoNotCallController {
  constructor(private readonly doNotCall: DoNotCallService) {}

  /** List the numbers that must not be called */
  @Get()
  @Endpoint({ id: 'GetDoNotCallEntries', scope: 'do-not-call:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<DoNotCallEntryPageDto> {
    return this.doNotCall.list(ctx, query);
  }

  /** Put a number on the do-not-call list, calls that wait for it included; one that is on it already is updated */
  @PostEndpoint('', { id: 'CreateDoNotCallEntry', scope: 'do-not-call:write' })
  add(@Ctx() ctx: TenantContext, @Body() body: CreateDoNotCallEntryDto): Promise<DoNotCallEntryDto> {
    return this.doNotCall.add(ctx, body);
  }

  /** Take a number off the do-not-call list; answers with the entry as it was */
  @Delete(':id')
  @Endpoint({ id: 'DeleteDoNotCallEntry', scope: 'do-not-call:write', errors: [DoNotCallEntryNotFound] })
  delete(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<DoNotCallEntryDto> {
    return this.doNotCall.delete(ctx, id);
  }
}
