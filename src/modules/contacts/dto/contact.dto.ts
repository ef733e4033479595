import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { ArrayMaxSize, IsOptional, IsString } from 'class-validator';
import { isoInstant } from '../../../platform/database/statement';
import { AnyJson, IsId, IsInstant, IsJsonObject, IsParts, IsText, MayBeAbsent, OptionalAnyJson } from '../../../platform/http/validators';
import { pageOf } from '../../../platform/listing/list-query.dto';
import { CHANNEL_TYPES, type ChannelType } from '../contact-identity';
import type { AddressJson, ContactRow } from '../contacts.repository';

export class NewContactAddressDto {
  /** Any case in, upper case out. */
  @ApiProperty({ enum: CHANNEL_TYPES, enumName: 'ChannelType' })
  @IsString({ message: 'must be text' })
  channelType: ChannelType;

  /** Phones are stored as E.164, emails in lower case. @example "+56912345678" */
  @IsString({ message: 'must be text' })
  address: string;
}

export class CreateContactDto {
  /** Addresses and custom fields are checked by the service, which throws their faults together with those of the shape. */
  static readonly deferFaults = true;

  /** The user who looks after the contact. */
  @IsOptional()
  @IsId()
  userId?: number | null;

  /** fieldKey to value; a key without a definition is kept as sent. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsJsonObject()
  customFields?: Record<string, unknown> | null;

  /** The contact's id in the system it comes from. */
  @IsOptional()
  @IsText()
  providerId?: string | null;

  /** The system it comes from. */
  @IsOptional()
  @IsText()
  providerName?: string | null;

  @IsOptional()
  @IsText(64)
  nationalId?: string | null;

  @IsOptional()
  @IsText()
  firstName?: string | null;

  @IsOptional()
  @IsText()
  lastName?: string | null;

  /** Writes the first EMAIL address. @deprecated use addresses */
  @ApiPropertyOptional({ deprecated: true, nullable: true, type: String })
  @IsOptional()
  @IsString({ message: 'must be text' })
  email?: string | null;

  /** Writes the first PHONE address. @deprecated use addresses */
  @ApiPropertyOptional({ deprecated: true, nullable: true, type: String })
  @IsOptional()
  @IsString({ message: 'must be text' })
  phone?: string | null;

  @IsOptional()
  @IsId()
  contactCompanyId?: number | null;

  @IsOptional()
  @IsText()
  companyPosition?: string | null;

  @OptionalAnyJson()
  @IsOptional()
  metadata?: unknown;

  /** May lie in the past; now, where absent. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @IsInstant()
  createdAt?: string;

  /** The whole set: an update with addresses replaces it. */
  @MayBeAbsent()
  @ArrayMaxSize(100)
  @IsParts(() => NewContactAddressDto, 'must be objects of channelType and address')
  addresses?: NewContactAddressDto[];
}

/** Only the fields given change; customFields merge by key and null removes one. */
export class UpdateContactDto extends PartialType(CreateContactDto, { skipNullProperties: false }) {
  static readonly deferFaults = true;

  /** May be sent back as read. */
  @IsOptional()
  id?: number;

  /** May be sent back as read; another tenant's is 403. */
  @IsOptional()
  tenantId?: string;

  /** Changes nothing. */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  updatedAt?: string;
}

export class ContactAddressDto {
  id: number;
  tenantId: string;
  contactId: number;
  @ApiProperty({ enum: CHANNEL_TYPES, enumName: 'ChannelType' })
  channelType: ChannelType;
  /** The normal form. */
  address: string;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static from([id, channelType, address, createdAt, updatedAt]: AddressJson, contactId: number, tenantId: string): ContactAddressDto {
    return { id, tenantId, contactId, channelType, address, createdAt: isoInstant(createdAt), updatedAt: isoInstant(updatedAt) };
  }
}

export class ContactDto {
  id: number;
  tenantId: string;
  providerId: string | null;
  providerName: string | null;
  nationalId: string | null;
  firstName: string | null;
  lastName: string | null;
  /** The first EMAIL address. @deprecated use addresses */
  @ApiProperty({ deprecated: true, nullable: true, type: String })
  email: string | null;
  /** The first PHONE address. @deprecated use addresses */
  @ApiProperty({ deprecated: true, nullable: true, type: String })
  phone: string | null;
  userId: number | null;
  contactCompanyId: number | null;
  companyPosition: string | null;
  @AnyJson()
  metadata: unknown;
  /** Archived contacts are listed only where includeArchived asks for them. */
  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  archivedAt: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  customFields: Record<string, unknown>;
  addresses: ContactAddressDto[];

  static from(row: ContactRow): ContactDto {
    const tenantId = String(row.tenant_id);
    return {
      id: row.id,
      tenantId,
      providerId: row.provider_id,
      providerName: row.provider_name,
      nationalId: row.national_id,
      firstName: row.first_name,
      lastName: row.last_name,
      email: firstOf(row, 'EMAIL'),
      phone: firstOf(row, 'PHONE'),
      userId: row.user_id,
      contactCompanyId: row.contact_company_id,
      companyPosition: row.company_position,
      metadata: row.metadata,
      archivedAt: row.archived_at && isoInstant(row.archived_at),
      createdAt: isoInstant(row.created_at),
      updatedAt: isoInstant(row.updated_at),
      customFields: row.custom_fields,
      addresses: row.addresses.map((address) => ContactAddressDto.from(address, row.id, tenantId)),
    };
  }
}

/** The legacy phone and email are the first address of their channel. */
export const firstOf = (row: Pick<ContactRow, 'addresses'>, channelType: ChannelType): string | null =>
  row.addresses.find((address) => address[1] === channelType)?.[2] ?? null;

export class ContactPageDto extends pageOf(ContactDto) {}
