import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { BULK_CODES, type BulkCode, type BulkIssue, type BulkReport } from '../bulk-report';
import type { Operation } from '../operation.entity';

export class BulkIssueDto {
  /** Path inside the item. @example "contact.phones[1]" */
  field: string;
  message: string;
  @ApiProperty({ enum: BULK_CODES, enumName: 'BulkCode' })
  code: BulkCode;
  /** What the code is about. Of AMBIGUOUS_CONTACT and ADDRESS_CONFLICT, `items` has the indexes of those items of this batch whose new contacts are meant. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  context?: Record<string, unknown>;
}

export class BulkItemIssuesDto {
  /** 0-based position in the request. */
  index: number;
  /** The id of the conversation or call, where there is one. */
  itemId: number | null;
  /** As sent with the item. */
  clientRef?: string;
  errors: BulkIssueDto[];
  warnings: BulkIssueDto[];
  /**
   * `{contacts: [{id, matchedBy: [{channelType, address} | "nationalId" | "contactId"]}], conversations: [{id}]}`; of calls
   * `{calls: [{id}]}`: what waits in the queue, or is under way. Of an item that failed as AMBIGUOUS_CONTACT, all contacts that it
   * could mean; of ADDRESS_CONFLICT, those whose the addresses are.
   */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  existingEntities?: Record<string, unknown>;
}

export class BulkCountsDto {
  /** Items created or updated. */
  successful: number;
  /** Items with at least one warning. */
  warnings: number;
  /** Items that were not created because they already exist. */
  duplicates: number;
  /** Items that failed. */
  errors: number;
  /** successful + duplicates + errors. */
  total: number;
}

export class BulkReportDto implements BulkReport {
  /** Only the items that have something to report. */
  itemsIssues: BulkItemIssuesDto[];
  @ApiProperty({ type: [BulkIssueDto] })
  batchErrors: BulkIssue[];
  counts: BulkCountsDto;
}

export class BulkResultDto {
  message: string;
  operationId: string;
  report: BulkReportDto;
}

export class OperationDto extends BulkResultDto {
  /** The same as operationId. */
  id: string;
  tenantId: string;
  /** @example "conversations.bulkCreate" */
  kind: string;
  status: string;
  createdAt: Date;

  static from(row: Operation): OperationDto {
    return {
      id: row.id,
      operationId: row.id,
      tenantId: String(row.tenantId),
      kind: row.kind,
      status: row.status,
      message: row.message,
      report: row.report as BulkReportDto,
      createdAt: row.createdAt,
    };
  }
}
