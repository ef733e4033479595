import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { InvalidPageToken } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { UserNotFound } from '../accounts';
import { ContactNotesService } from './contact-notes.service';
import { ContactNotFound, NoteNotFound } from './contacts.errors';
import { ContactNoteDto, ContactNotePageDto, CreateContactNoteDto, UpdateContactNoteDto } from './dto/contact-note.dto';

@ApiTags('activity')
@Controller('contacts/:id/notes')
export class ContactNotesController {
  constructor(private readonly notes: ContactNotesService) {}

  /** List the notes on a contact, the newest first */
  @Get()
  @Endpoint({ id: 'GetContactNotes', scope: 'activity:read', errors: [ContactNotFound, InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Query() query: ListQueryDto): Promise<ContactNotePageDto> {
    return this.notes.list(ctx, id, query);
  }

  /** Write a note on a contact */
  @PostEndpoint('', { id: 'CreateContactNote', scope: 'activity:write', errors: [ContactNotFound, UserNotFound] })
  create(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Body() body: CreateContactNoteDto): Promise<ContactNoteDto> {
    return this.notes.create(ctx, id, body);
  }

  /** Change a note: only the fields given */
  @Put(':noteId')
  @Endpoint({ id: 'UpdateContactNote', scope: 'activity:write', errors: [NoteNotFound, UserNotFound] })
  update(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Param('noteId', IdPipe) noteId: number, @Body() body: UpdateContactNoteDto): Promise<ContactNoteDto> {
    return this.notes.update(ctx, id, noteId, body);
  }

  /** Delete a note; answers with it as it was */
  @Delete(':noteId')
  @Endpoint({ id: 'DeleteContactNote', scope: 'activity:write', errors: [NoteNotFound] })
  delete(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Param('noteId', IdPipe) noteId: number): Promise<ContactNoteDto> {
    return this.notes.delete(ctx, id, noteId);
  }
}
