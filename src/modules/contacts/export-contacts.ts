import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import { type CsvColumn, type CsvTable, tableOf } from '../../platform/http/send-csv';
import { Lists, everyPage } from '../../platform/listing/lists';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { PERSON_COLUMNS, customFieldColumns } from './contact-columns';
import { contactsListOf } from './contacts-list';
import { ContactDto } from './dto/contact.dto';
import type { ExportContactsQueryDto } from './dto/list-contacts.query.dto';

const LIST = contactsListOf(ContactDto.from);

const RECORD_COLUMNS: readonly CsvColumn<ContactDto>[] = [
  { name: 'userId', of: ({ userId }) => userId },
  { name: 'archivedAt', of: ({ archivedAt }) => archivedAt },
  { name: 'createdAt', of: ({ createdAt }) => createdAt },
  { name: 'updatedAt', of: ({ updatedAt }) => updatedAt },
];

/** The list of contacts as a table, with the same filters. */
@Injectable()
export class ExportContacts {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
  ) {}

  async execute(ctx: TenantContext, query: ExportContactsQueryDto): Promise<CsvTable> {
    const request = { ...this.lists.request(query), everything: query.includeArchived };
    const customFields = await this.db.read(ctx, (em) => customFieldColumns(em, ctx, 'contacts', 'customFields.'));
    const columns = [...PERSON_COLUMNS, ...customFields, ...RECORD_COLUMNS];
    const pages = everyPage(request, (page) => this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST(ctx.defaultCountry), page)));
    return tableOf(columns, pages);
  }
}
