import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import { assertSameId } from '../../platform/errors/path-identity';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { normalisePhone } from '../../platform/text/phone-numbers';
import { UserNotFound } from './accounts.errors';
import { type CreateUserDto, type UpdateUserDto, UserDto } from './dto/user.dto';
import { User } from './user.entity';

const LIST: ListDefinition<User, UserDto> = {
  name: 'users',
  from: 'users u',
  columns:
    'u.id, u.tenant_id AS "tenantId", u.name, u.email, u.phone_number AS "phoneNumber", u.created_at AS "createdAt", u.updated_at AS "updatedAt"',
  tenantColumn: 'u.tenant_id',
  idColumn: 'u.id',
  fields: {
    id: { type: 'number', sql: 'u.id' },
    name: { type: 'text', sql: 'u.name' },
    email: { type: 'text', sql: 'u.email' },
    phoneNumber: { type: 'text', sql: 'u.phone_number' },
    createdAt: { type: 'instant', sql: 'u.created_at' },
    updatedAt: { type: 'instant', sql: 'u.updated_at' },
  },
  search: (text, sql) => `fold(concat_ws(' ', u.name, u.email, u.phone_number)) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: (row) => UserDto.from(row),
};

@Injectable()
export class UsersService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
  ) {}

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<UserDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  async get(ctx: TenantContext, id: number): Promise<UserDto> {
    return UserDto.from(await this.db.read(ctx, (em) => this.find(em, ctx, id)));
  }

  create(ctx: TenantContext, body: CreateUserDto): Promise<UserDto> {
    const values = this.values(ctx, body);
    return this.write(ctx, async (em) => {
      const { identifiers } = await em.getRepository(User).insert({ ...values, tenantId: ctx.tenantId });
      return this.find(em, ctx, (identifiers[0] as { id: number }).id);
    });
  }

  update(ctx: TenantContext, id: number, body: UpdateUserDto): Promise<UserDto> {
    assertSameId('id', id, body.id);
    const values = this.values(ctx, body);
    return this.write(ctx, async (em) => {
      await this.find(em, ctx, id);
      await em.getRepository(User).update({ tenantId: ctx.tenantId, id }, { ...values, updatedAt: new Date() });
      return this.find(em, ctx, id);
    });
  }

  private async write(ctx: TenantContext, work: (em: EntityManager) => Promise<User>): Promise<UserDto> {
    return UserDto.from(await this.db.write(ctx, work));
  }

  /** The fields given, in their normal forms. */
  private values(ctx: TenantContext, body: Partial<CreateUserDto>): Partial<User> {
    const faults = Faults.of(body);
    const values: Partial<User> = {};
    if (body.name !== undefined && body.name !== null) values.name = body.name.trim();
    if (values.name === '') faults.add('name', 'REQUIRED_FIELD', 'must not be empty');
    if (body.email !== undefined) values.email = body.email?.trim().toLowerCase() || null;
    if (body.phoneNumber !== undefined) {
      values.phoneNumber = body.phoneNumber ? (normalisePhone(body.phoneNumber, ctx.defaultCountry) ?? null) : null;
      if (body.phoneNumber && !values.phoneNumber) faults.add('phoneNumber', 'INVALID_PHONE', 'is not a valid phone number; give it with its country code, as +525512345678');
    }
    faults.throwIfAny();
    return values;
  }

  private async find(em: EntityManager, ctx: TenantContext, id: number): Promise<User> {
    const user = await em.getRepository(User).findOneBy({ tenantId: ctx.tenantId, id });
    if (!user) throw new UserNotFound();
    return user;
  }
}
