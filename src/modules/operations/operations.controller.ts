import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { OperationDto } from './dto/operation.dto';
import { OperationNotFound } from './operations.errors';
import { OperationsService } from './operations.service';

@ApiTags('operations')
@Controller('operations')
export class OperationsController {
  constructor(private readonly operations: OperationsService) {}

  /** Get the report of a bulk request, for 30 days */
  @Get(':operationId')
  @Endpoint({ id: 'GetOperation', scope: 'operations:read', errors: [OperationNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('operationId') operationId: string): Promise<OperationDto> {
    return this.operations.get(ctx, operationId);
  }
}
