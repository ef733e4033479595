import type { CreatePhoneNumberDto, PhoneNumberDto } from '../../src/modules/connections/dto/phone-number.dto';
import { ok } from '../support/answers';
import type { ApiClient } from '../support/api-client';
import { aPhone } from './contacts';

/** A number at Vapi that no other call gives, unless told otherwise. */
export function aPhoneNumber(api: ApiClient, overrides: Partial<CreatePhoneNumberDto> = {}): Promise<PhoneNumberDto> {
  return ok(api.post<PhoneNumberDto>('/phone-numbers', { number: aPhone(), provider: 'vapi', ...overrides }));
}
