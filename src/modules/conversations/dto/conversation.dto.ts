import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { isoInstant } from '../../../platform/database/statement';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { CHANNEL_TYPES, type ChannelType, ContactDto } from '../../contacts';
import type { ConversationRow, SessionJson } from '../conversations.repository';

export class ChannelSessionDto {
  id: number;
  tenantId: string;
  funnelConversationId: number;
  /** The address of ours; none yet. */
  @ApiProperty({ type: Number, nullable: true })
  funnelAddressId: number | null;
  contactAddressId: number | null;
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  archivedAt: string | null;
  @ApiProperty({ format: 'date-time' })
  startTime: string;
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  endTime: string | null;
  @ApiProperty({ enum: CHANNEL_TYPES, enumName: 'ChannelType' })
  channelType: ChannelType;
  messagingConversationId: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static from(session: SessionJson, tenantId: string): ChannelSessionDto {
    const instant = (text: string | null) => text && isoInstant(text);
    return {
      id: session.id,
      tenantId,
      funnelConversationId: session.funnel_conversation_id,
      funnelAddressId: null,
      contactAddressId: session.contact_address_id,
      archivedAt: instant(session.archived_at),
      startTime: isoInstant(session.start_time),
      endTime: instant(session.end_time),
      channelType: session.channel_type,
      messagingConversationId: session.messaging_conversation_id,
      createdAt: isoInstant(session.created_at),
      updatedAt: isoInstant(session.updated_at),
    };
  }
}

export class ConversationDto {
  id: number;
  tenantId: string;
  /** Null once the contact was deleted. */
  contactId: number | null;
  /** The user involved in the conversation. */
  userId: number | null;
  funnelId: number;
  funnelStatusId: number | null;
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  archivedAt: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;
  channelSessions: ChannelSessionDto[];
  contacts: ContactDto[];
  @ApiProperty({ type: 'object', additionalProperties: true })
  customFields: Record<string, unknown>;

  static from(row: ConversationRow, contact: ContactDto | undefined): ConversationDto {
    const tenantId = String(row.tenant_id);
    return {
      id: row.id,
      tenantId,
      contactId: row.contact_id,
      userId: row.user_id,
      funnelId: row.funnel_id,
      funnelStatusId: row.funnel_status_id,
      archivedAt: row.archived_at,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      channelSessions: row.sessions.map((session) => ChannelSessionDto.from(session, tenantId)),
      contacts: contact ? [contact] : [],
      customFields: row.custom_fields,
    };
  }
}

export class ConversationPageDto extends pageOf(ConversationDto) {}

/** A contact given by value: matched by its addresses, then by nationalId, or created. Blanks never erase. */
export class ConversationContactDto {
  @ApiPropertyOptional({ type: String, nullable: true })
  firstName?: string | null;
  @ApiPropertyOptional({ type: String, nullable: true })
  lastName?: string | null;
  /** Become PHONE addresses; with country code, or national in the tenant's country. */
  phones?: string[] | null;
  /** Become EMAIL addresses. */
  emails?: string[] | null;
  @ApiPropertyOptional({ type: String, nullable: true })
  nationalId?: string | null;
  @ApiPropertyOptional({ type: String, nullable: true })
  companyPosition?: string | null;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  customFields?: Record<string, unknown> | null;
  @ApiPropertyOptional({ type: Number, nullable: true })
  userId?: number | null;
}

export class CreateConversationDto {
  static readonly readByWorkflow = true;

  /** May lie in the past, not in the future. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  createdAt?: string;
  @ApiPropertyOptional({ type: Number, nullable: true, description: 'The user involved in the conversation' })
  userId?: number | null;
  funnelId: number;
  @ApiPropertyOptional({ type: Number, nullable: true, description: "A status of the funnel; the funnel's first, where absent" })
  funnelStatusId?: number | null;
  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  archivedAt?: string | null;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  customFields?: Record<string, unknown> | null;
  /** Bypasses the matching by address. */
  contactId?: number;
  contact?: ConversationContactDto | null;
}

export class UpdateConversationDto {
  static readonly readByWorkflow = true;

  @ApiPropertyOptional({ type: String, format: 'date-time' })
  createdAt?: string;
  @ApiPropertyOptional({ type: Number, nullable: true })
  userId?: number | null;
  /** A status of the conversation's funnel. */
  @ApiPropertyOptional({ type: Number, nullable: true })
  funnelStatusId?: number | null;
  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, description: 'null takes it out of the archive' })
  archivedAt?: string | null;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true, description: 'Merged by key; null removes one' })
  customFields?: Record<string, unknown> | null;
  contact?: UpdateConversationContactDto | null;
}

/** Changes the conversation's own contact: non-empty values only; addresses are added. */
export class UpdateConversationContactDto extends ConversationContactDto {
  /** The conversation's own contact; may be left out. */
  id?: number;
}
