import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsBoolean, IsIn, IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { AnyJson, BooleanLike, IsParts, MayBeAbsent, NumberLike, OptionalAnyJson } from '../../../platform/http/validators';
import { OPERATORS, type Operator } from '../../../platform/listing/field';
import type { ContactRow } from '../contacts.repository';
import { ContactDto, ContactAddressDto } from './contact.dto';

export class SearchFilterDto {
  /** A contact's field, addresses.address, addresses.channelType or customFields.<fieldKey>. @example "addresses.address" */
  @IsString({ message: 'must be text' })
  @MaxLength(300)
  field: string;

  /** Text compares without case and accents; phone numbers in any form. */
  @ApiProperty({ enum: OPERATORS })
  @IsIn(OPERATORS, { message: `must be one of ${OPERATORS.join(', ')}` })
  operator: Operator;

  @OptionalAnyJson('A value; a list of them for in and notIn; two for between; none for exists and notExists')
  @IsOptional()
  value?: unknown;

  /** Joins this filter to the one before it by OR: a, b(or), c = (a OR b) AND c. */
  @IsOptional()
  @BooleanLike()
  @IsBoolean({ message: 'must be true or false' })
  or?: boolean;
}

export class SearchSortDto {
  @IsString({ message: 'must be text' })
  @MaxLength(300)
  field: string;

  @ApiProperty({ enum: ['asc', 'desc'] })
  @IsString({ message: 'must be asc or desc' })
  direction: 'asc' | 'desc';
}

export class SearchContactsDto {
  /** Found anywhere in names, nationalId, company position and addresses, without regard to case and accents. */
  @IsOptional()
  @IsString({ message: 'must be text' })
  @MaxLength(500)
  search?: string;

  /** All must hold, but for those joined by or. */
  @MayBeAbsent()
  @ArrayMaxSize(25, { message: 'must have at most 25 filters' })
  @IsParts(() => SearchFilterDto, 'must be objects of field, operator and value')
  filters?: SearchFilterDto[];

  @MayBeAbsent()
  @ArrayMaxSize(10)
  @IsParts(() => SearchSortDto, 'must be objects of field and direction')
  sort?: SearchSortDto[];

  /** Documents a page; more than 200 is served as 200. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, default: 20 })
  @IsOptional()
  @NumberLike()
  @IsInt()
  @Min(1)
  size?: number;

  @IsOptional()
  @IsString({ message: 'must be text' })
  pageToken?: string;

  @IsOptional()
  @BooleanLike()
  @IsBoolean({ message: 'must be true or false' })
  includeArchived?: boolean;

  /** totalCount is in the answer only where this is true; "true" is accepted. */
  @IsOptional()
  @BooleanLike()
  @IsBoolean({ message: 'must be true or false' })
  includeTotalCount?: boolean;
}

/** A contact as a search finds it: ids are text. */
export class ContactDocumentDto {
  id: string;
  tenantId: string;
  @ApiProperty({ enum: ['Contact'] })
  modelType: 'Contact';
  providerId: string | null;
  providerName: string | null;
  nationalId: string | null;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  phone: string | null;
  companyPosition: string | null;
  userId: string | null;
  contactCompanyId: string | null;
  @AnyJson()
  metadata: unknown;
  @ApiProperty({ type: 'object', additionalProperties: true })
  customFields: Record<string, unknown>;
  addresses: ContactAddressDto[];
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  archivedAt: string | null;
  /** Grows with every change of the document. */
  eventSequence: number;
  /** When it last changed. */
  @ApiProperty({ format: 'date-time' })
  eventTimestamp: string;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static from(row: ContactRow): ContactDocumentDto {
    const text = (id: number | null) => (id === null ? null : String(id));
    return {
      ...ContactDto.from(row),
      id: String(row.id),
      modelType: 'Contact',
      userId: text(row.user_id),
      contactCompanyId: text(row.contact_company_id),
      eventSequence: row.event_sequence,
      eventTimestamp: row.updated_at,
    };
  }
}

export class ContactDocumentPageDto {
  items: ContactDocumentDto[];

  /** Absent on the last page. */
  @ApiPropertyOptional({ type: String, nullable: true })
  nextPageToken?: string;

  /** Exact; only where includeTotalCount asked for it. */
  @ApiPropertyOptional({ type: 'integer' })
  totalCount?: number;
}
