import { Body, Controller, Delete, Get, Param, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InvalidPageToken } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { AnswersCsv, sendCsv } from '../../platform/http/send-csv';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { UserNotFound } from '../accounts';
import { AddressAlreadyExists, ContactInCall, ContactNotFound } from './contacts.errors';
import { ContactsService } from './contacts.service';
import { ContactDto, ContactPageDto, CreateContactDto, UpdateContactDto } from './dto/contact.dto';
import { ExportContactsQueryDto, ListContactsQueryDto } from './dto/list-contacts.query.dto';
import { ContactDocumentPageDto, SearchContactsDto } from './dto/search-contacts.dto';
import { DeleteContactQueryDto, DeletedContactDto } from './dto/erasure.dto';
import { EraseContact } from './erase-contact';
import { ExportContacts } from './export-contacts';
import { SearchContacts } from './search-contacts';

@ApiTags('contacts')
@Controller('contacts')
export class ContactsController {
  constructor(
    private readonly contacts: ContactsService,
    private readonly searchContacts: SearchContacts,
    private readonly exportContacts: ExportContacts,
    private readonly eraseContact: EraseContact,
  ) {}

  /** List contacts, filtered and sorted, in pages */
  @Get()
  @Endpoint({ id: 'GetContacts', scope: 'contacts:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListContactsQueryDto): Promise<ContactPageDto> {
    return this.contacts.list(ctx, query);
  }

  /** Export contacts, filtered and sorted as the list, as CSV; an import takes it back */
  @Get('export.csv')
  @Endpoint({ id: 'ExportContacts', scope: 'contacts:read' })
  @AnswersCsv('A row for each contact')
  async export(@Ctx() ctx: TenantContext, @Query() query: ExportContactsQueryDto, @Res() reply: FastifyReply): Promise<void> {
    await sendCsv(reply, 'contacts', await this.exportContacts.execute(ctx, query));
  }

  /** Create a contact */
  @PostEndpoint('', { id: 'CreateContact', scope: 'contacts:write', errors: [AddressAlreadyExists, UserNotFound] })
  create(@Ctx() ctx: TenantContext, @Body() body: CreateContactDto): Promise<ContactDto> {
    return this.contacts.create(ctx, body);
  }

  /** Search contacts by filters and free text */
  @PostEndpoint('search', { id: 'SearchContacts', scope: 'contacts:read', errors: [InvalidPageToken] })
  search(@Ctx() ctx: TenantContext, @Body() body: SearchContactsDto): Promise<ContactDocumentPageDto> {
    return this.searchContacts.execute(ctx, body);
  }

  /** Get a contact by id */
  @Get(':id')
  @Endpoint({ id: 'GetContact', scope: 'contacts:read', errors: [ContactNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<ContactDto> {
    return this.contacts.get(ctx, id);
  }

  /** Update a contact: only the fields given; addresses, where given, replace the set */
  @Put(':id')
  @Endpoint({ id: 'UpdateContact', scope: 'contacts:write', errors: [ContactNotFound, AddressAlreadyExists, UserNotFound] })
  update(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Body() body: UpdateContactDto): Promise<ContactDto> {
    return this.contacts.update(ctx, id, body);
  }

  /** Delete a contact for good, with its custom fields and addresses; answers with it as it was. With erase the person is forgotten, everywhere */
  @Delete(':id')
  @Endpoint({ id: 'DeleteContact', scope: 'contacts:write', errors: [ContactNotFound, ContactInCall] })
  delete(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Query() { erase }: DeleteContactQueryDto): Promise<DeletedContactDto> {
    return erase ? this.eraseContact.execute(ctx, id) : this.contacts.delete(ctx, id);
  }

  /** Archive a contact: lists and searches leave it out */
  @PostEndpoint(':id/archive', { id: 'ArchiveContact', scope: 'contacts:write', errors: [ContactNotFound] })
  archive(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<ContactDto> {
    return this.contacts.setArchived(ctx, id, true);
  }

  /** Take a contact out of the archive */
  @PostEndpoint(':id/unarchive', { id: 'UnarchiveContact', scope: 'contacts:write', errors: [ContactNotFound] })
  unarchive(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<ContactDto> {
    return this.contacts.setArchived(ctx, id, false);
  }
}
