import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { InvalidPageToken } from '../../platform/errors/platform.errors';
import { Endpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { ErasureNotFound } from './contacts.errors';
import { ErasureDto, ErasurePageDto } from './dto/erasure.dto';
import { ErasuresService } from './erasures.service';

@ApiTags('contacts')
@Controller('erasures')
export class ErasuresController {
  constructor(private readonly erasures: ErasuresService) {}

  /** List who was erased when, by whom, and how far it has come: without anything of them */
  @Get()
  @Endpoint({ id: 'GetErasures', scope: 'contacts:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<ErasurePageDto> {
    return this.erasures.list(ctx, query);
  }

  /** Get an erasure by id: what has gone here, and what providers have answered */
  @Get(':id')
  @Endpoint({ id: 'GetErasure', scope: 'contacts:read', errors: [ErasureNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<ErasureDto> {
    return this.erasures.get(ctx, id);
  }
}
