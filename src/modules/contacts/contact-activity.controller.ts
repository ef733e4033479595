import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { InvalidPageToken } from '../../platform/errors/platform.errors';
import { Endpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { ActivityPageDto, ListActivityQueryDto } from '../activity';
import { ContactActivityService } from './contact-activity.service';
import { ContactNotFound } from './contacts.errors';

@ApiTags('activity')
@Controller('contacts/:id/activity')
export class ContactActivityController {
  constructor(private readonly activity: ContactActivityService) {}

  /** List a contact's log: each exchange with a provider, the newest first */
  @Get()
  @Endpoint({ id: 'GetContactActivity', scope: 'activity:read', errors: [ContactNotFound, InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Query() query: ListActivityQueryDto): Promise<ActivityPageDto> {
    return this.activity.list(ctx, id, query);
  }
}
