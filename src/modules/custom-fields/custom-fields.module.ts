import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CustomFieldColumns } from './custom-field-columns';
import { CustomFieldDefinition } from './custom-field-definition.entity';
import { CustomFieldDefinitionsService } from './custom-field-definitions.service';
import { CustomFieldOption } from './custom-field-option.entity';
import { CustomFieldOptionsService } from './custom-field-options.service';
import { CustomFieldsApi } from './custom-fields.api';
import { CustomFieldsController } from './custom-fields.controller';

@Module({
  imports: [TypeOrmModule.forFeature([CustomFieldDefinition, CustomFieldOption])],
  controllers: [CustomFieldsController],
  providers: [CustomFieldColumns, CustomFieldDefinitionsService, CustomFieldOptionsService, CustomFieldsApi],
  exports: [CustomFieldColumns, CustomFieldsApi],
})
export class CustomFieldsModule {}
