import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { CustomFieldDefinitionsService } from './custom-field-definitions.service';
import { CustomFieldOptionsService } from './custom-field-options.service';
import { CustomFieldKeyTaken, CustomFieldNotFound, FieldImmutable, FieldInUse, NotAListField, OptionInUse, OptionNotFound, OptionValueTaken } from './custom-fields.errors';
import {
  CreateCustomFieldDefinitionDto,
  CustomFieldDefinitionDto,
  CustomFieldDefinitionPageDto,
  DeleteCustomFieldDefinitionQueryDto,
  UpdateCustomFieldDefinitionDto,
} from './dto/custom-field-definition.dto';
import { CreateCustomFieldListOptionDto, CustomFieldListOptionDto, CustomFieldListOptionPageDto, UpdateCustomFieldListOptionDto } from './dto/custom-field-option.dto';

const [READ, WRITE] = ['custom-fields:read', 'custom-fields:write'];

@ApiTags('custom-fields')
@Controller('custom-fields/definitions')
export class CustomFieldsController {
  constructor(
    private readonly definitions: CustomFieldDefinitionsService,
    private readonly options: CustomFieldOptionsService,
  ) {}

  /** List custom field definitions */
  @Get()
  @Endpoint({ id: 'GetCustomFieldDefinitions', scope: READ })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<CustomFieldDefinitionPageDto> {
    return this.definitions.list(ctx, query);
  }

  /** Create a custom field definition */
  @PostEndpoint('', { id: 'CreateCustomFieldDefinition', scope: WRITE, errors: [CustomFieldKeyTaken] })
  create(@Ctx() ctx: TenantContext, @Body() body: CreateCustomFieldDefinitionDto): Promise<CustomFieldDefinitionDto> {
    return this.definitions.create(ctx, body);
  }

  /** Get a custom field definition */
  @Get(':id')
  @Endpoint({ id: 'GetCustomFieldDefinition', scope: READ, errors: [CustomFieldNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<CustomFieldDefinitionDto> {
    return this.definitions.get(ctx, id);
  }

  /** Update a custom field definition; existing values stay as they are */
  @Put(':id')
  @Endpoint({ id: 'UpdateCustomFieldDefinition', scope: WRITE, errors: [CustomFieldNotFound, FieldImmutable, FieldInUse] })
  update(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Body() body: UpdateCustomFieldDefinitionDto): Promise<CustomFieldDefinitionDto> {
    return this.definitions.update(ctx, id, body);
  }

  /** Delete a custom field definition; answers with it as it was */
  @Delete(':id')
  @Endpoint({ id: 'DeleteCustomFieldDefinition', scope: WRITE, errors: [CustomFieldNotFound, FieldInUse] })
  delete(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Query() query: DeleteCustomFieldDefinitionQueryDto): Promise<CustomFieldDefinitionDto> {
    return this.definitions.delete(ctx, id, query.force ?? false);
  }

  /** List a definition's options */
  @Get(':definitionId/options')
  @Endpoint({ id: 'GetCustomFieldListOptions', scope: READ, errors: [CustomFieldNotFound] })
  listOptions(@Ctx() ctx: TenantContext, @Param('definitionId', IdPipe) definitionId: number, @Query() query: ListQueryDto): Promise<CustomFieldListOptionPageDto> {
    return this.options.list(ctx, definitionId, query);
  }

  /** Create an option of a LIST definition */
  @PostEndpoint(':definitionId/options', { id: 'CreateCustomFieldListOption', scope: WRITE, errors: [CustomFieldNotFound, NotAListField, OptionValueTaken] })
  createOption(@Ctx() ctx: TenantContext, @Param('definitionId', IdPipe) definitionId: number, @Body() body: CreateCustomFieldListOptionDto): Promise<CustomFieldListOptionDto> {
    return this.options.create(ctx, definitionId, body);
  }

  /** Get an option */
  @Get(':definitionId/options/:optionId')
  @Endpoint({ id: 'GetCustomFieldListOption', scope: READ, errors: [CustomFieldNotFound, OptionNotFound] })
  getOption(@Ctx() ctx: TenantContext, @Param('definitionId', IdPipe) definitionId: number, @Param('optionId', IdPipe) optionId: number): Promise<CustomFieldListOptionDto> {
    return this.options.get(ctx, definitionId, optionId);
  }

  /** Update an option */
  @Put(':definitionId/options/:optionId')
  @Endpoint({ id: 'UpdateCustomFieldListOption', scope: WRITE, errors: [CustomFieldNotFound, OptionNotFound, OptionInUse, OptionValueTaken] })
  updateOption(
    @Ctx() ctx: TenantContext,
    @Param('definitionId', IdPipe) definitionId: number,
    @Param('optionId', IdPipe) optionId: number,
    @Body() body: UpdateCustomFieldListOptionDto,
  ): Promise<CustomFieldListOptionDto> {
    return this.options.update(ctx, definitionId, optionId, body);
  }

  /** Delete an option; records that hold its value keep it */
  @Delete(':definitionId/options/:optionId')
  @Endpoint({ id: 'DeleteCustomFieldListOption', scope: WRITE, errors: [CustomFieldNotFound, OptionNotFound] })
  deleteOption(@Ctx() ctx: TenantContext, @Param('definitionId', IdPipe) definitionId: number, @Param('optionId', IdPipe) optionId: number): Promise<CustomFieldListOptionDto> {
    return this.options.delete(ctx, definitionId, optionId);
  }
}
