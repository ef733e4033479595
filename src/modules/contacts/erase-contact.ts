import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Erasure, PersonalData } from '../../platform/database/personal-data';
import { Statement } from '../../platform/database/statement';
import { TenantDb } from '../../platform/database/tenant-db';
import { JobHandlers } from '../../platform/queue/job-handlers';
import type { Lease } from '../../platform/queue/lease';
import { Outbox } from '../../platform/queue/outbox';
import { Storage } from '../../platform/storage/storage';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { FilesApi } from '../files';
import { ContactNotFound } from './contacts.errors';
import { type ContactRow, ContactsRepository } from './contacts.repository';
import { ContactDto } from './dto/contact.dto';
import type { DeletedContactDto } from './dto/erasure.dto';
import { ErasuresRepository } from './erasures.repository';

/** A job: files that nobody is to have any more. Payload {erasureId, keys}. */
const DELETE_FILES = 'erasure.delete-files';
/** A job: ask providers for what they have not deleted yet. Payload {erasureId}. */
const ASK_PROVIDERS = 'erasure.ask-providers';

const COUNT_NOTES = new Statement<{ n: number }>('contact_notes_count', 'SELECT count(*)::int8 AS n FROM contact_notes WHERE tenant_id = $1 AND contact_id = $2');

/**
 * Forgets a person: every table in one transaction, files and what providers hold by jobs after it. What stays is that it was
 * done: a row with numbers only.
 */
@Injectable()
export class EraseContact {
  constructor(
    private readonly db: TenantDb,
    private readonly dataSource: DataSource,
    private readonly personalData: PersonalData,
    private readonly outbox: Outbox,
    private readonly storage: Storage,
    private readonly contacts: ContactsRepository,
    private readonly erasures: ErasuresRepository,
    private readonly files: FilesApi,
    jobs: JobHandlers,
  ) {
    personalData.register('person', (em, erasure) => this.eraseRow(em, erasure));
    jobs.register(DELETE_FILES, ({ erasureId, keys }, { tenantId }) => this.deleteFiles(tenantId as number, erasureId as number, keys as string[]));
    jobs.register(ASK_PROVIDERS, ({ erasureId }, { tenantId, lease }) => this.askProviders(tenantId as number, erasureId as number, lease));
  }

  /** @returns the contact as it was. @throws ContactNotFound, ContactInCall */
  execute(ctx: TenantContext, id: number): Promise<DeletedContactDto> {
    return this.db.writeBulk(ctx, async (em) => {
      if (!(await this.contacts.lock(em, ctx, id))) throw new ContactNotFound();
      const row = (await this.contacts.get(em, ctx, id)) as ContactRow;
      const erasure = new Erasure(ctx.tenantId, id, row.addresses.map(([, , address, , , identity]) => identity ?? address));
      erasure.trace(row.national_id, ...row.addresses.map(([, , address]) => address));
      await this.personalData.erase(em, erasure);
      const erasureId = await this.erasures.insert(em, ctx, erasure);
      if (erasure.storageKeys.length > 0) await this.outbox.record(em, ctx.tenantId, DELETE_FILES, { erasureId, keys: erasure.storageKeys });
      if (erasure.atProviders.length > 0) {
        await this.erasures.insertRequests(em, ctx.tenantId, erasureId, erasure.atProviders);
        await this.outbox.record(em, ctx.tenantId, ASK_PROVIDERS, { erasureId });
      }
      return { ...ContactDto.from(row), erasureId };
    });
  }

  private async eraseRow(em: EntityManager, erasure: Erasure): Promise<void> {
    const { tenantId, contactId } = erasure;
    const ctx = { tenantId };
    const contact = (await this.contacts.get(em, ctx, contactId)) as ContactRow;
    erasure.removed('contact_notes', (await COUNT_NOTES.row(em, [tenantId, contactId]))?.n ?? 0);
    erasure.removed('contact_addresses', contact.addresses.length);
    await this.contacts.delete(em, ctx, contactId);
    erasure.removed('contacts', 1);
    await this.files.eraseNamed(em, erasure, [contact.custom_fields]);
  }

  private async deleteFiles(tenantId: number, erasureId: number, keys: string[]): Promise<void> {
    for (const key of keys) await this.storage.delete(key);
    await this.erasures.filesDeleted(this.dataSource.manager, tenantId, erasureId);
  }

  /** One that fails keeps none of the others from being asked; it is asked again with the job. */
  private async askProviders(tenantId: number, erasureId: number, lease: Lease): Promise<void> {
    const em = this.dataSource.manager;
    const failures: unknown[] = [];
    for (const { id, kind, connection_id: connectionId, provider_id: providerId } of await this.erasures.pending(em, tenantId, erasureId)) {
      try {
        const isAsked = connectionId !== null && (await this.personalData.eraseAtProvider({ kind, connectionId, providerId }, lease));
        await this.erasures.settle(em, tenantId, id, isAsked ? 'deleted' : 'impossible');
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
