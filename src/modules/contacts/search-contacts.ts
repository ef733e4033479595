import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import { ValidationFailed } from '../../platform/errors/platform.errors';
import { type ListFilter, Lists } from '../../platform/listing/lists';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { contactsListOf } from './contacts-list';
import { ContactDocumentDto, type ContactDocumentPageDto, type SearchContactsDto, type SearchFilterDto } from './dto/search-contacts.dto';

const LIST = contactsListOf(ContactDocumentDto.from);

const DEFAULT_SIZE = 20;
const MAX_SIZE = 200;
const MAX_VALUES = 1000;

/** Search by filters and free text, straight from the tables: what was just written is found. */
@Injectable()
export class SearchContacts {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
  ) {}

  async execute(ctx: TenantContext, body: SearchContactsDto): Promise<ContactDocumentPageDto> {
    const request = {
      filters: (body.filters ?? []).map(toFilter),
      search: body.search,
      sort: (body.sort ?? []).map((clause, at) => ({ ...clause, path: `sort[${at}]` })),
      pageToken: body.pageToken,
      size: Math.min(body.size ?? DEFAULT_SIZE, MAX_SIZE),
      everything: body.includeArchived,
      countTotal: body.includeTotalCount === true,
    };
    const { totalCount, ...page } = await this.db.read(ctx, (em) =>
      this.lists.page(em, ctx, LIST(ctx.defaultCountry), request),
    );
    return request.countTotal ? { ...page, totalCount } : page;
  }
}

function toFilter({ field, operator, value, or }: SearchFilterDto, at: number): ListFilter {
  const path = `filters[${at}]`;
  const wrong = (message: string) => new ValidationFailed([{ path: `${path}.value`, code: 'INVALID_VALUE', message }]);
  const values = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  if (values.some((one) => typeof one === 'object')) throw wrong('must be text, a number, true or false, or a list of these');
  if (values.length > MAX_VALUES) throw wrong(`must have at most ${MAX_VALUES} values`);
  if (operator === 'exists' || operator === 'notExists') {
    // What a form sends where nothing was entered, and what says the same again.
    if (values.every((one) => one === true || one === '')) return { field, operator, values: [], or, path };
    throw wrong(`${operator} takes no value`);
  }
  const takesList = operator === 'in' || operator === 'notIn';
  if (takesList && !Array.isArray(value)) throw wrong(`${operator} takes a list of values, as ["new", "won"]`);
  if (!takesList && operator !== 'between' && values.length !== 1) throw wrong(`${operator} takes one value`);
  return { field, operator, values: values.map(String), or, path };
}
