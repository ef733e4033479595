import { ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { ApiExtraModels } from '@nestjs/swagger';
import { CreateConversationDto, UpdateConversationDto } from './conversation.dto';

export class BulkCreateItemDto extends CreateConversationDto {
  /** Up to 128 characters; given back in the item's issues. */
  clientRef?: string;
}

export class BulkUpdateItemDto extends UpdateConversationDto {
  id: number;
  /** Up to 128 characters; given back in the item's issues. */
  clientRef?: string;
}

@ApiExtraModels(BulkCreateItemDto)
export class BulkCreateConversationsDto {
  static readonly readByWorkflow = true;

  @ApiProperty({
    type: 'array',
    maxItems: 10_000,
    description: 'Up to 10,000. An item that is not valid becomes an issue of the report, never a 400',
    items: { anyOf: [{ $ref: getSchemaPath(BulkCreateItemDto) }, {}] },
  })
  conversations: unknown[];

  /** true gives the same report and writes nothing. */
  dryRun?: boolean;

  /** What to do where the contact has an unarchived conversation in the funnel: skip the item, which is the default, or create another. */
  @ApiPropertyOptional({ enum: ['skip', 'create'], default: 'skip' })
  onDuplicate?: 'skip' | 'create';
}

@ApiExtraModels(BulkUpdateItemDto)
export class BulkUpdateConversationsDto {
  static readonly readByWorkflow = true;

  @ApiProperty({
    type: 'array',
    maxItems: 10_000,
    description: 'Up to 10,000. An item that is not valid becomes an issue of the report, never a 400',
    items: { anyOf: [{ $ref: getSchemaPath(BulkUpdateItemDto) }, {}] },
  })
  conversations: unknown[];

  /** true gives the same report and writes nothing. */
  dryRun?: boolean;
}
