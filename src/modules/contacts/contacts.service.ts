import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb, constraintOf } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import { assertSameId } from '../../platform/errors/path-identity';
import { Lists } from '../../platform/listing/lists';
import type { Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { parseInstant } from '../../platform/text/instants';
import { CustomFieldsApi, checkCustomFields, rulesOfValues } from '../custom-fields';
import { type ChannelType, type NormalAddress, channelTypeOf, CHANNEL_TYPES, isFault, normaliseAddress } from './contact-identity';
import { contactsListOf } from './contacts-list';
import { AddressAlreadyExists, ContactNotFound } from './contacts.errors';
import { type ContactRow, type ContactValues, ContactsRepository } from './contacts.repository';
import { CustomFieldFiles } from './custom-field-files';
import { ContactDto, type CreateContactDto, type NewContactAddressDto, type UpdateContactDto, firstOf } from './dto/contact.dto';
import type { ListContactsQueryDto } from './dto/list-contacts.query.dto';
import { SearchIndex } from './search-index';

const LIST = contactsListOf(ContactDto.from);

const LEGACY = { email: 'EMAIL', phone: 'PHONE' } as const;

@Injectable()
export class ContactsService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
    private readonly contacts: ContactsRepository,
    private readonly customFields: CustomFieldsApi,
    private readonly customFieldFiles: CustomFieldFiles,
    private readonly searchIndex: SearchIndex,
  ) {}

  list(ctx: TenantContext, query: ListContactsQueryDto): Promise<Page<ContactDto>> {
    const request = { ...this.lists.request(query), everything: query.includeArchived };
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST(ctx.defaultCountry), request));
  }

  async get(ctx: TenantContext, id: number): Promise<ContactDto> {
    return ContactDto.from(await this.db.read(ctx, (em) => this.find(em, ctx, id)));
  }

  async create(ctx: TenantContext, body: CreateContactDto): Promise<ContactDto> {
    const faults = Faults.of(body);
    const addresses = this.addressesOf(ctx, body.addresses ?? [], faults);
    for (const [field, channelType] of Object.entries(LEGACY)) {
      const legacy = this.legacyOf(ctx, body, field as keyof typeof LEGACY, channelType, faults);
      if (legacy && !addresses.some((address) => sameAddress(address, legacy))) addresses.unshift(legacy);
    }
    const createdAt = parseInstant(body.createdAt);
    const insert = async (em: EntityManager): Promise<ContactRow> => {
      const customFields = await this.checkedFields(em, ctx, body, faults);
      faults.throwIfAny();
      return this.contacts.insert(em, ctx, valuesOf(body, EMPTY, withoutNulls(customFields)), addresses, createdAt);
    };
    const row = await this.refusingTaken(ctx, addresses, 0, () => (body.customFields ? this.db.write(ctx, insert) : this.db.writeOne(ctx, insert)));
    this.searchIndex.wasWritten();
    return ContactDto.from(row);
  }

  async update(ctx: TenantContext, id: number, body: UpdateContactDto): Promise<ContactDto> {
    const faults = Faults.of(body);
    const wanted = body.addresses ? this.addressesOf(ctx, body.addresses, faults) : undefined;
    const email = this.legacyOf(ctx, body, 'email', 'EMAIL', faults);
    const phone = this.legacyOf(ctx, body, 'phone', 'PHONE', faults);

    const touched = [...(wanted ?? []), email, phone].filter((address) => address !== undefined && address !== null);
    const row = await this.refusingTaken(ctx, touched, id, () =>
      this.db.write(ctx, async (em) => {
        const customFields = await this.checkedFields(em, ctx, body, faults, id);
        faults.throwIfAny();
        assertSameId('id', id, body.id);
        const current = await this.locked(em, ctx, id);
        let addresses = wanted ?? current.addresses.map(normalOf);
        if (email !== undefined) addresses = withFirst(addresses, 'EMAIL', email, current, wanted !== undefined);
        if (phone !== undefined) addresses = withFirst(addresses, 'PHONE', phone, current, wanted !== undefined);
        await this.contacts.replaceAddresses(em, ctx, id, current.addresses, addresses);
        const values = valuesOf(body, current, merged(current.custom_fields, customFields));
        await this.contacts.update(em, ctx, id, values, addresses.map(({ address }) => address));
        return this.find(em, ctx, id);
      }),
    );
    this.searchIndex.wasWritten();
    return ContactDto.from(row);
  }

  /** @returns the contact as it was */
  delete(ctx: TenantContext, id: number): Promise<ContactDto> {
    return this.db.write(ctx, async (em) => {
      const contact = await this.locked(em, ctx, id);
      await this.contacts.delete(em, ctx, id);
      return ContactDto.from(contact);
    });
  }

  /** Archived contacts are kept, and shown only to who asks for them. */
  setArchived(ctx: TenantContext, id: number, archived: boolean): Promise<ContactDto> {
    return this.db.write(ctx, async (em) => {
      await this.locked(em, ctx, id);
      await this.contacts.setArchived(em, ctx, id, archived);
      return ContactDto.from(await this.find(em, ctx, id));
    });
  }

  private async find(em: EntityManager, ctx: TenantContext, id: number): Promise<ContactRow> {
    const contact = await this.contacts.get(em, ctx, id);
    if (!contact) throw new ContactNotFound();
    return contact;
  }

  private async locked(em: EntityManager, ctx: TenantContext, id: number): Promise<ContactRow> {
    if (!(await this.contacts.lock(em, ctx, id))) throw new ContactNotFound();
    return this.find(em, ctx, id);
  }

  private addressesOf(ctx: TenantContext, sent: NewContactAddressDto[], faults: Faults): NormalAddress[] {
    const addresses: NormalAddress[] = [];
    if (faults.at('addresses') || !Array.isArray(sent)) return addresses;
    sent.forEach((item, at) => {
      const path = `addresses[${at}]`;
      if (faults.at(path) || faults.at(`${path}.channelType`)) return;
      const channelType = channelTypeOf(item.channelType);
      if (!channelType) return faults.add(`${path}.channelType`, 'INVALID_VALUE', `must be one of ${CHANNEL_TYPES.join(', ')}`);
      if (faults.at(`${path}.address`)) return;
      const normal = normaliseAddress(channelType, item.address, ctx.defaultCountry);
      if (isFault(normal)) return faults.add(`${path}.address`, normal.code, normal.message);
      if (!addresses.some((address) => sameAddress(address, normal))) addresses.push(normal);
    });
    return addresses;
  }

  /** @returns the address that a legacy field writes, null where it asks to have none, undefined where it is absent */
  private legacyOf(ctx: TenantContext, body: UpdateContactDto, field: keyof typeof LEGACY, channelType: ChannelType, faults: Faults): NormalAddress | null | undefined {
    const sent = body[field];
    if (sent === undefined || faults.at(field)) return undefined;
    if (sent === null || sent.trim() === '') return null;
    const normal = normaliseAddress(channelType, sent, ctx.defaultCountry);
    if (!isFault(normal)) return normal;
    faults.add(field, normal.code, normal.message);
    return undefined;
  }

  /** @param id of the contact that exists: what it holds may be sent back as read, even where it would be refused as new */
  private async checkedFields(em: EntityManager, ctx: TenantContext, body: UpdateContactDto, faults: Faults, id?: number): Promise<Record<string, unknown>> {
    const sent = body.customFields;
    if (!sent || faults.at('customFields')) return {};
    const rules = await this.customFields.rulesOf({ ...ctx, transaction: em }, 'CONTACT');
    const checked = checkCustomFields(sent, rules);
    const wrong: { path: string; code: string; message: string }[] = checked.faults.map(({ key, ...fault }) => ({ path: key === '' ? 'customFields' : `customFields.${key}`, ...fault }));
    const log = { error: (path: string, code: string, message: string) => void wrong.push({ path, code, message }) };
    await this.customFieldFiles.check(em, ctx, [{ values: checked.values, fields: rules, path: 'customFields', log }]);
    const held = id !== undefined && wrong.length > 0 ? (await this.contacts.get(em, ctx, id))?.custom_fields : undefined;
    for (const { path, code, message } of wrong) {
      const key = path.slice('customFields.'.length);
      if (!held || !isDeepStrictEqual(held[key], sent[key]) || key === '') faults.add(path, code, message);
    }
    await this.customFields.hold(em, ctx, rulesOfValues(rules, [checked.values]));
    return checked.values;
  }

  /** Names the contact that a taken address belongs to. */
  private async refusingTaken<T>(ctx: TenantContext, addresses: NormalAddress[], except: number, write: () => Promise<T>, attempts = 10): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (constraintOf(error) !== 'uq_contact_addresses_identity') throw error;
      const holder = await this.db.read(ctx, (em) => this.contacts.holderOf(em, ctx, addresses, except));
      if (holder) throw new AddressAlreadyExists(holder.address, holder.contact_id);
      if (attempts === 1) throw error;
      // Who held it has let go of it meanwhile.
      return this.refusingTaken(ctx, addresses, except, write, attempts - 1);
    }
  }
}

const EMPTY: Pick<ContactRow, 'provider_id' | 'provider_name' | 'national_id' | 'first_name' | 'last_name' | 'user_id' | 'contact_company_id' | 'company_position' | 'metadata'> = {
  provider_id: null,
  provider_name: null,
  national_id: null,
  first_name: null,
  last_name: null,
  user_id: null,
  contact_company_id: null,
  company_position: null,
  metadata: null,
};

/** The fields given over those there were. */
function valuesOf(body: UpdateContactDto, current: typeof EMPTY, customFields: Record<string, unknown>): ContactValues {
  const given = <T>(sent: T | undefined, was: T): T => (sent === undefined ? was : sent);
  return {
    providerId: given(body.providerId, current.provider_id),
    providerName: given(body.providerName, current.provider_name),
    nationalId: given(body.nationalId, current.national_id)?.trim() || null,
    firstName: given(body.firstName, current.first_name),
    lastName: given(body.lastName, current.last_name),
    userId: given(body.userId, current.user_id),
    contactCompanyId: given(body.contactCompanyId, current.contact_company_id),
    companyPosition: given(body.companyPosition, current.company_position),
    metadata: given(body.metadata, current.metadata),
    customFields,
  };
}

const sameAddress = (one: NormalAddress, other: NormalAddress): boolean => one.channelType === other.channelType && one.address === other.address;

const normalOf = ([, channelType, address, , , identity]: ContactRow['addresses'][number]): NormalAddress => ({
  channelType,
  address,
  // The one number on a further channel holds no identity of its own, and its address is that of the holder.
  identity: identity ?? address,
});

/**
 * The addresses with `first` as the first of its channel, or without that one where it is null. A client that sends back
 * all it read sends the legacy field, too: beside `addresses` it counts only where it was changed.
 */
function withFirst(addresses: NormalAddress[], channelType: ChannelType, first: NormalAddress | null, current: ContactRow, besideAddresses: boolean): NormalAddress[] {
  if (besideAddresses && (first?.address ?? null) === firstOf(current, channelType)) return addresses;
  const at = addresses.findIndex((address) => address.channelType === channelType);
  if (first === null) return at < 0 ? addresses : addresses.toSpliced(at, 1);
  if (at < 0) return [...addresses, first];
  return addresses.with(at, first).filter((address, index) => index === at || !sameAddress(address, first));
}

const withoutNulls = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** By key; null removes one. */
const merged = (current: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> => withoutNulls({ ...current, ...changes });
