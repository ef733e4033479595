import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsIn, IsOptional, Matches } from 'class-validator';
import { IsId, IsJsonObject, IsParts, IsTags, IsText, MayBeAbsent, NumberLike } from '../../../platform/http/validators';
import { MESSAGE_TYPES, type MessageType } from '../message-provider';

const MAX_NUMBER = 160;
const MAX_BASE64 = 20_000_000;
const ANY_OBJECT = { type: 'object' as const, additionalProperties: true };
const TYPES = MESSAGE_TYPES.filter((type) => type !== 'template');

class Addressed {
  /** One of your numbers at WhatsApp. @example "+525555550199" */
  @IsText(MAX_NUMBER)
  fromPhoneNumber: string;

  /** E.164, or WhatsApp's id of somebody whose phone is hidden. @example "+525512345678" */
  @IsText(MAX_NUMBER)
  toPhoneNumber: string;

  /** Who sends it. */
  @ApiPropertyOptional({ type: String })
  @NumberLike()
  @IsOptional()
  @IsId({ message: 'must be the id of a user. See GET /api/v1/users' })
  userId?: number;

  /** Kept with the message. */
  @ApiPropertyOptional(ANY_OBJECT)
  @MayBeAbsent()
  @IsJsonObject()
  customFields?: Record<string, unknown>;

  /** A message of the same conversation that this one answers. */
  @IsOptional()
  @IsText()
  replyToMessageId?: string;
}

export class CreateMessageDto extends Addressed {
  static readonly deferFaults = true;

  /**
   * The text (up to 4096 characters); of media the caption (up to 1024, may be empty); of location, contacts, interactive and
   * reaction the JSON text of the object that WhatsApp's Cloud API takes.
   */
  @IsText(100_000)
  content: string;

  /** Of these, text, image, audio, video, document, sticker, location, contacts, interactive and reaction can be sent. */
  @ApiProperty({ enum: TYPES })
  @IsIn(TYPES, { message: `must be one of ${TYPES.join(', ')}` })
  type: Exclude<MessageType, 'template'>;

  /** Of media: a file of POST /api/v1/files. */
  @IsOptional()
  @IsText()
  fileId?: string;
}

export class TemplateVariableDto {
  @IsText(1024)
  value: string;
}

export class TemplateComponentDto {
  @ApiProperty({ enum: ['header', 'body', 'button'] })
  type: 'header' | 'body' | 'button';

  /** Of a button: quick_reply, url, copy_code, flow, catalog. */
  sub_type?: string;

  /** Of a button: its place, from 0. */
  index?: string;

  @ApiPropertyOptional({ type: 'array', items: ANY_OBJECT })
  parameters?: Record<string, unknown>[];
}

export class CreateTemplateMessageDto extends Addressed {
  static readonly deferFaults = true;

  /** As it is named at WhatsApp. @example "order_ok" */
  @Matches(/^[a-z0-9_]{1,512}$/, { message: 'must be the name of a template: small letters, digits and _' })
  templateName: string;

  /** @example "es_MX" */
  @Matches(/^[a-z]{2,3}([_-][A-Za-z]{2,4})?$/, { message: 'must be the code of a language, as es or es_MX' })
  languageCode: string;

  /** The texts of the body, in their order; instead of components. */
  @MayBeAbsent()
  @IsParts(() => TemplateVariableDto, 'must be a list, as [{"value": "Ana"}]')
  variables?: TemplateVariableDto[];

  /** As WhatsApp's Cloud API takes them; instead of variables. */
  @ApiPropertyOptional({ type: [TemplateComponentDto] })
  @MayBeAbsent()
  @IsArray({ message: 'must be a list of components' })
  components?: unknown[];
}

export class UploadMediaDto {
  static readonly deferFaults = true;

  /** The number of yours that is to send it. @example "+525555550199" */
  @IsText(MAX_NUMBER)
  fromPhoneNumber: string;

  /** A file of POST /api/v1/files; else fileName, contentType and content. */
  @IsOptional()
  @IsText()
  fileId?: string;

  @IsOptional()
  @IsText()
  fileName?: string;

  /** What its content really is decides. */
  @IsOptional()
  @IsText()
  contentType?: string;

  /** Base64; a data: url is taken, too. Larger files go by POST /api/v1/files. */
  @IsOptional()
  @IsText(MAX_BASE64)
  content?: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, nullable: true })
  @IsOptional()
  @IsTags()
  tags?: Record<string, string> | null;
}

export class UploadedMediaDto {
  /** Opens without a key, for 15 minutes. */
  url: string;
  /** Bytes. */
  size: number;
  fileName: string;
  contentType: string;
  fileId: string;
  /** WhatsApp's id of it, good for 30 days. */
  mediaId: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  tags: Record<string, string>;
}
