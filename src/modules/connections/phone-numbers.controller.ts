import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { InvalidPageToken } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { PhoneNumberNotFound, PhoneNumberTaken } from './connections.errors';
import { CreatePhoneNumberDto, PhoneNumberDto, PhoneNumberPageDto, UpdatePhoneNumberDto } from './dto/phone-number.dto';
import { PhoneNumbersService } from './phone-numbers.service';

@ApiTags('phone-numbers')
@Controller('phone-numbers')
export class PhoneNumbersController {
  constructor(private readonly numbers: PhoneNumbersService) {}

  /** List your phone numbers */
  @Get()
  @Endpoint({ id: 'GetPhoneNumbers', scope: 'phone-numbers:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<PhoneNumberPageDto> {
    return this.numbers.list(ctx, query);
  }

  /** Add a phone number; the first of a provider becomes its default */
  @PostEndpoint('', { id: 'CreatePhoneNumber', scope: 'phone-numbers:write', errors: [PhoneNumberTaken] })
  create(@Ctx() ctx: TenantContext, @Body() body: CreatePhoneNumberDto): Promise<PhoneNumberDto> {
    return this.numbers.create(ctx, body);
  }

  /** Get a phone number by id */
  @Get(':id')
  @Endpoint({ id: 'GetPhoneNumber', scope: 'phone-numbers:read', errors: [PhoneNumberNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<PhoneNumberDto> {
    return this.numbers.get(ctx, id);
  }

  /** Update a phone number: only the fields given; a new default takes the place of the other */
  @Put(':id')
  @Endpoint({ id: 'UpdatePhoneNumber', scope: 'phone-numbers:write', errors: [PhoneNumberNotFound, PhoneNumberTaken] })
  update(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Body() body: UpdatePhoneNumberDto): Promise<PhoneNumberDto> {
    return this.numbers.update(ctx, id, body);
  }

  /** Delete a phone number: voice agents that called from it call from the default; answers with it as it was */
  @Delete(':id')
  @Endpoint({ id: 'DeletePhoneNumber', scope: 'phone-numbers:write', errors: [PhoneNumberNotFound] })
  delete(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<PhoneNumberDto> {
    return this.numbers.delete(ctx, id);
  }
}
