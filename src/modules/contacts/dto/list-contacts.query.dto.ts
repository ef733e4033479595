import { OmitType } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { BooleanLike } from '../../../platform/http/validators';
import { ListQueryDto } from '../../../platform/listing/list-query.dto';

export class ListContactsQueryDto extends ListQueryDto {
  /** true lists archived contacts, too. */
  @IsOptional()
  @BooleanLike()
  @IsBoolean({ message: 'must be true or false' })
  includeArchived?: boolean;
}

export class ExportContactsQueryDto extends OmitType(ListContactsQueryDto, ['page', 'pageSize', 'pageToken']) {}
