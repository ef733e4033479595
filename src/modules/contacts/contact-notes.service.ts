import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { Sql } from '../../platform/listing/sql';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { ContactNote } from './contact-note.entity';
import { ContactNotFound, NoteNotFound } from './contacts.errors';
import { ContactsRepository } from './contacts.repository';
import { ContactNoteDto, type CreateContactNoteDto, type UpdateContactNoteDto } from './dto/contact-note.dto';

const LIST: ListDefinition<ContactNote, ContactNoteDto> = {
  name: 'contact-notes',
  from: 'contact_notes n',
  columns: 'n.id, n.tenant_id AS "tenantId", n.contact_id AS "contactId", n.user_id AS "userId", n.text, n.created_at AS "createdAt", n.updated_at AS "updatedAt"',
  tenantColumn: 'n.tenant_id',
  idColumn: 'n.id',
  fields: {
    id: { type: 'number', sql: 'n.id' },
    userId: { type: 'number', sql: 'n.user_id' },
    text: { type: 'text', sql: 'n.text' },
    createdAt: { type: 'instant', sql: 'n.created_at' },
    updatedAt: { type: 'instant', sql: 'n.updated_at' },
  },
  search: (text, sql) => `fold(n.text) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: ContactNoteDto.from,
};

@Injectable()
export class ContactNotesService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly contacts: ContactsRepository,
  ) {}

  /** @throws ContactNotFound */
  list(ctx: TenantContext, contactId: number, query: ListQueryDto): Promise<Page<ContactNoteDto>> {
    return this.db.read(ctx, async (em) => {
      if (!(await this.contacts.get(em, ctx, contactId))) throw new ContactNotFound();
      const scope = { scope: (sql: Sql) => `n.contact_id = ${sql.bind(contactId)}`, scopeName: String(contactId) };
      return this.lists.page(em, ctx, LIST, { ...this.lists.request(query), ...scope });
    });
  }

  /** @throws ContactNotFound, UserNotFound */
  create(ctx: TenantContext, contactId: number, { text, userId = ctx.actor.userId }: CreateContactNoteDto): Promise<ContactNoteDto> {
    return this.write(ctx, async (em) => {
      const { identifiers } = await em.getRepository(ContactNote).insert({ tenantId: ctx.tenantId, contactId, userId, text });
      return this.find(em, ctx, contactId, (identifiers[0] as { id: number }).id);
    });
  }

  /** @throws NoteNotFound, UserNotFound */
  update(ctx: TenantContext, contactId: number, id: number, { text, userId }: UpdateContactNoteDto): Promise<ContactNoteDto> {
    return this.write(ctx, async (em) => {
      await this.find(em, ctx, contactId, id);
      await em.getRepository(ContactNote).update({ tenantId: ctx.tenantId, id }, { text, userId, updatedAt: new Date() });
      return this.find(em, ctx, contactId, id);
    });
  }

  /** @returns the note as it was @throws NoteNotFound */
  delete(ctx: TenantContext, contactId: number, id: number): Promise<ContactNoteDto> {
    return this.write(ctx, async (em) => {
      const note = await this.find(em, ctx, contactId, id);
      await em.getRepository(ContactNote).delete({ tenantId: ctx.tenantId, id });
      return note;
    });
  }

  private async write(ctx: TenantContext, work: (em: EntityManager) => Promise<ContactNote>): Promise<ContactNoteDto> {
    return ContactNoteDto.from(await this.db.write(ctx, work));
  }

  private async find(em: EntityManager, ctx: TenantContext, contactId: number, id: number): Promise<ContactNote> {
    const note = await em.getRepository(ContactNote).findOneBy({ tenantId: ctx.tenantId, contactId, id });
    if (!note) throw new NoteNotFound();
    return note;
  }
}
