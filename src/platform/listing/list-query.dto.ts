import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { NumberLike } from '../http/validators';

/** What every list takes. */
export class ListQueryDto {
  @ApiPropertyOptional({ description: "field:value pairs joined by ';', all of which must hold; a comma means any of; \\ escapes : ; , and \\" })
  @IsOptional()
  @IsString()
  @MaxLength(4000)
  filterBy?: string;

  @ApiPropertyOptional({ description: 'Free text, found anywhere, without regard to case and accents' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  searchBy?: string;

  @ApiPropertyOptional({ description: "field=asc or field=desc, joined by ';': createdAt=desc" })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  sortBy?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: '1-based page number, up to the 10,000th row; ignored where pageToken is given' })
  @IsOptional()
  @NumberLike()
  @IsInt()
  @Min(1)
  page?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, default: 20, description: 'Rows a page; more than 100 is served as 100' })
  @IsOptional()
  @NumberLike()
  @IsInt()
  @Min(1)
  pageSize?: number;

  @ApiPropertyOptional({ description: 'The nextPageToken of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(4000)
  pageToken?: string;

  @ApiPropertyOptional({ description: "The caller's own tenant; any other is 403" })
  @IsOptional()
  @IsString()
  tenantId?: string;
}

/** What an export takes: as its list, but for pages. */
export class ExportQueryDto extends OmitType(ListQueryDto, ['page', 'pageSize', 'pageToken']) {}

export interface Page<Item> {
  items: Item[];
  /** Absent on the last page. */
  nextPageToken?: string;
  totalCount: number;
}

/** The class of a page, for the OpenAPI document. */
export function pageOf<Item>(item: new () => Item): new () => Page<Item> {
  class PageDto implements Page<Item> {
    @ApiProperty({ type: [item] })
    items: Item[];

    @ApiPropertyOptional({ type: String, nullable: true, description: 'Give it as pageToken to read on; absent on the last page' })
    nextPageToken?: string;

    @ApiProperty({ type: 'integer', description: 'Rows on all pages, exact' })
    totalCount: number;
  }
  return PageDto;
}
