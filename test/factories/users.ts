import type { CreateUserDto, UserDto } from '../../src/modules/accounts/dto/user.dto';
import { ok } from '../support/answers';
import type { ApiClient } from '../support/api-client';

export function aUser(api: ApiClient, overrides: Partial<CreateUserDto> = {}): Promise<UserDto> {
  return ok(api.post<UserDto>('/users', { name: 'Luz Ramírez', ...overrides }));
}
