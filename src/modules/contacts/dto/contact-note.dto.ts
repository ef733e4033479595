import { PartialType } from '@nestjs/swagger';
import { IsOptional, MinLength } from 'class-validator';
import { IsId, IsText } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import type { ContactNote } from '../contact-note.entity';

export class CreateContactNoteDto {
  @IsText(10_000)
  @MinLength(1, { message: 'must not be empty' })
  text: string;

  /** Who wrote it: the key's user, where absent. */
  @IsOptional()
  @IsId()
  userId?: number | null;
}

export class UpdateContactNoteDto extends PartialType(CreateContactNoteDto, { skipNullProperties: false }) {}

export class ContactNoteDto {
  id: number;
  tenantId: string;
  contactId: number;
  userId: number | null;
  text: string;
  createdAt: Date;
  updatedAt: Date;

  static from(this: void, note: ContactNote): ContactNoteDto {
    const { id, tenantId, contactId, userId, text, createdAt, updatedAt } = note;
    return { id, tenantId: String(tenantId), contactId, userId, text, createdAt, updatedAt };
  }
}

export class ContactNotePageDto extends pageOf(ContactNoteDto) {}
