import type { ContactDto, CreateContactDto } from '../../src/modules/contacts/dto/contact.dto';
import { ok } from '../support/answers';
import type { ApiClient } from '../support/api-client';

let made = 0;

/** A valid Mexican number that no other call gives. */
export const aPhone = (): string => `+5255${String(10_000_000 + made++)}`;
export const anEmail = (): string => `person${made++}@example.com`;

/** A contact with a name and a phone, unless told otherwise. */
export function aContact(api: ApiClient, overrides: Omit<CreateContactDto, 'addresses'> & { addresses?: { channelType: string; address: string }[] } = {}): Promise<ContactDto> {
  return ok(api.post<ContactDto>('/contacts', { firstName: 'Ana', lastName: 'Pérez', addresses: [{ channelType: 'PHONE', address: aPhone() }], ...overrides }));
}
