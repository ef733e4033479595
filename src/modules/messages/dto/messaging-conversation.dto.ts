import { ApiProperty } from '@nestjs/swagger';
import { pageOf } from '../../../platform/listing/list-query.dto';
import type { MessagingConversationRow } from '../messaging-conversations.repository';
import { windowEndOf } from '../messaging-window';

const INSTANT = { type: String, format: 'date-time', nullable: true };

/** One of our numbers and one person: all that they write to each other. */
export class MessagingConversationDto {
  id: string;
  tenantId: string;
  contactId: number | null;
  /** E.164. */
  ourNumber: string;
  /** The person: E.164, or WhatsApp's id of somebody whose phone is hidden. */
  address: string;
  /** How WhatsApp itself calls them. */
  waId: string | null;
  @ApiProperty(INSTANT)
  lastInboundAt: string | null;
  /** Until then anything can be sent, after it templates only. Null where they never wrote. */
  @ApiProperty(INSTANT)
  windowExpiresAt: string | null;
  /** Since then they want no marketing. */
  @ApiProperty(INSTANT)
  marketingOptOutAt: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static from(this: void, row: MessagingConversationRow): MessagingConversationDto {
    return {
      id: String(row.id),
      tenantId: String(row.tenant_id),
      contactId: row.contact_id,
      ourNumber: row.our_number,
      address: row.address,
      waId: row.wa_id,
      lastInboundAt: row.last_inbound_at,
      windowExpiresAt: windowEndOf(row)?.toISOString() ?? null,
      marketingOptOutAt: row.marketing_opt_out_at,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }
}

export class MessagingConversationPageDto extends pageOf(MessagingConversationDto) {}
