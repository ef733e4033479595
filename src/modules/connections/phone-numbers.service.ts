import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantDb, constraintOf } from '../../platform/database/tenant-db';
import { takeTurn } from '../../platform/database/turns';
import { Faults } from '../../platform/errors/faults';
import { assertSameId } from '../../platform/errors/path-identity';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { PROVIDERS, type ProviderName } from './connection';
import { PhoneNumberNotFound, PhoneNumberTaken } from './connections.errors';
import { type CreatePhoneNumberDto, PhoneNumberDto, type UpdatePhoneNumberDto } from './dto/phone-number.dto';
import { PhoneNumber } from './phone-number.entity';
import { normaliseNumber } from './sample-number';

const LIST: ListDefinition<PhoneNumber, PhoneNumberDto> = {
  name: 'phone-numbers',
  from: 'phone_numbers n',
  columns:
    'n.id, n.tenant_id AS "tenantId", n.number, n.provider, n.provider_id AS "providerId", n.capabilities, n.is_default AS "isDefault", n.created_at AS "createdAt", n.updated_at AS "updatedAt"',
  tenantColumn: 'n.tenant_id',
  idColumn: 'n.id',
  fields: {
    id: { type: 'number', sql: 'n.id' },
    number: { type: 'text', sql: 'n.number' },
    provider: { type: 'text', sql: 'n.provider', oneOf: PROVIDERS },
    providerId: { type: 'text', sql: 'n.provider_id' },
    isDefault: { type: 'boolean', sql: 'n.is_default' },
    createdAt: { type: 'instant', sql: 'n.created_at' },
    updatedAt: { type: 'instant', sql: 'n.updated_at' },
  },
  search: (text, sql) => `fold(concat_ws(' ', n.number, n.provider_id)) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: PhoneNumberDto.from,
};

@Injectable()
export class PhoneNumbersService {
  constructor(
    private readonly db: TenantDb,
    private readonly lists: Lists,
  ) {}

  list(ctx: TenantContext, query: ListQueryDto): Promise<Page<PhoneNumberDto>> {
    return this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
  }

  async get(ctx: TenantContext, id: number): Promise<PhoneNumberDto> {
    return PhoneNumberDto.from(await this.db.read(ctx, (em) => this.find(em, ctx, id)));
  }

  create(ctx: TenantContext, body: CreatePhoneNumberDto): Promise<PhoneNumberDto> {
    const { provider, providerId = null } = body;
    const number = this.numberOf(ctx, body) as string;
    return this.write(ctx, async (em) => {
      const numbers = em.getRepository(PhoneNumber);
      const isDefault = body.isDefault ?? !(await numbers.existsBy({ tenantId: ctx.tenantId, provider }));
      if (isDefault) await this.unsetDefault(em, ctx, provider);
      const capabilities = body.capabilities ?? (provider === 'whatsapp' || provider === 'botmaker' ? ['whatsapp'] : ['call']);
      const { identifiers } = await refusingTaken(number, provider, () => numbers.insert({ tenantId: ctx.tenantId, number, provider, providerId, capabilities, isDefault }));
      return this.find(em, ctx, (identifiers[0] as { id: number }).id);
    });
  }

  update(ctx: TenantContext, id: number, body: UpdatePhoneNumberDto): Promise<PhoneNumberDto> {
    assertSameId('id', id, body.id);
    return this.write(ctx, async (em) => {
      const current = await this.find(em, ctx, id);
      const { provider } = current;
      const number = this.numberOf(ctx, body, provider) ?? current.number;
      if (body.isDefault) await this.unsetDefault(em, ctx, provider);
      const changes = { number, providerId: body.providerId, capabilities: body.capabilities ?? undefined, isDefault: body.isDefault ?? undefined, updatedAt: new Date() };
      await refusingTaken(number, provider, () => em.getRepository(PhoneNumber).update({ tenantId: ctx.tenantId, id }, changes));
      return this.find(em, ctx, id);
    });
  }

  /** @returns the number as it was */
  delete(ctx: TenantContext, id: number): Promise<PhoneNumberDto> {
    return this.write(ctx, async (em) => {
      const number = await this.find(em, ctx, id);
      await em.getRepository(PhoneNumber).delete({ tenantId: ctx.tenantId, id });
      return number;
    });
  }

  /** One at a time in a tenant: two at once would each make theirs the default. */
  private async write(ctx: TenantContext, work: (em: EntityManager) => Promise<PhoneNumber>): Promise<PhoneNumberDto> {
    const number = await this.db.write(ctx, async (em) => {
      await takeTurn(em, 'phone_numbers', ctx.tenantId);
      return work(em);
    });
    return PhoneNumberDto.from(number);
  }

  /** In its normal form; undefined where none was sent. @param provider of a number that exists @throws ValidationFailed */
  private numberOf(ctx: TenantContext, body: UpdatePhoneNumberDto, provider?: ProviderName): string | undefined {
    const faults = Faults.of(body);
    const number = body.number === undefined || faults.at('number') ? undefined : normaliseNumber(body.number, ctx.defaultCountry);
    if (body.number !== undefined && number === undefined) faults.add('number', 'INVALID_PHONE', 'is not a valid phone number; give it with its country code, as +525512345678');
    if (provider && body.provider !== undefined && body.provider !== provider) {
      faults.add('provider', 'INVALID_VALUE', `never changes: leave it out or send ${provider}, and add the other as a number of its own`);
    }
    faults.throwIfAny();
    return number;
  }

  private async unsetDefault(em: EntityManager, ctx: TenantContext, provider: ProviderName): Promise<void> {
    await em.getRepository(PhoneNumber).update({ tenantId: ctx.tenantId, provider, isDefault: true }, { isDefault: false });
  }

  private async find(em: EntityManager, ctx: TenantContext, id: number): Promise<PhoneNumber> {
    const number = await em.getRepository(PhoneNumber).findOneBy({ tenantId: ctx.tenantId, id });
    if (!number) throw new PhoneNumberNotFound();
    return number;
  }
}

async function refusingTaken<T>(number: string, provider: ProviderName, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (constraintOf(error) === 'uq_phone_numbers_number') throw new PhoneNumberTaken(number, provider);
    throw error;
  }
}
