import { Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { ActivityApi, type ActivityPageDto, type ListActivityQueryDto } from '../activity';
import { ContactNotFound } from './contacts.errors';
import { ContactsRepository } from './contacts.repository';

@Injectable()
export class ContactActivityService {
  constructor(
    private readonly db: TenantDb,
    private readonly contacts: ContactsRepository,
    private readonly activity: ActivityApi,
  ) {}

  /** @throws ContactNotFound */
  list(ctx: TenantContext, contactId: number, query: ListActivityQueryDto): Promise<ActivityPageDto> {
    return this.db.read(ctx, async (em) => {
      if (!(await this.contacts.get(em, ctx, contactId))) throw new ContactNotFound();
      return this.activity.ofContact(em, ctx, contactId, query);
    });
  }
}
