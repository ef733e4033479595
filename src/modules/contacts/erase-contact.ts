import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Secrets } from '../../platform/config/secrets';
import { Erasure, PersonalData, type Traces } from '../../platform/database/personal-data';
import { Statement, query } from '../../platform/database/statement';
import { TenantDb, sqlStateOf } from '../../platform/database/tenant-db';
import { JobHandlers } from '../../platform/queue/job-handlers';
import type { Lease } from '../../platform/queue/lease';
import { Outbox } from '../../platform/queue/outbox';
import { Storage } from '../../platform/storage/storage';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { type SubjectKey, idOf, subjectKey } from '../../platform/text/subjects';
import { TenantsService } from '../accounts';
import { FilesApi } from '../files';
import { ContactNotFound } from './contacts.errors';
import { type ContactRow, ContactsRepository } from './contacts.repository';
import { ContactDto } from './dto/contact.dto';
import type { DeletedContactDto } from './dto/erasure.dto';
import { ErasuresRepository, type UnfinishedErasure } from './erasures.repository';

/** A job: all of somebody that the transaction of the answer has left. Payload {erasureId}. */
const ERASE = 'erasure.run';
/** A job: files that nobody is to have any more. Payload {erasureId}. */
const DELETE_FILES = 'erasure.delete-files';
/** A job: ask providers for what they have not deleted yet. Payload {erasureId}. */
const ASK_PROVIDERS = 'erasure.ask-providers';
/** A job: rows of before say what they are about. Recorded by the migration that gave them the column. */
const READ_SUBJECTS = 'personal-data.read-subjects';

/** The request goes on with it for so long before it answers: then most people are gone once it has. */
const BEFORE_ANSWER_MS = 400;
/** The job begins only after that, so that the two do not get in each other's way. */
const JOB_AFTER_MS = 1000;
/** Until it is looked again whether texts about people of before are still being written. */
const AGAIN_AFTER_MS = 5000;

/** A step waits for others no longer, since others wait for what it holds; it is done again after a pause. */
const LOCK_WAIT_MS = 300;
const PAUSE_MS = 500;
const MOST_PAUSES = 100;
const LOCK_NOT_AVAILABLE = '55P03';

const MOST_NOTES = 1000;
const ERASE_NOTES = new Statement<{ id: number }>(
  'contact_notes_erase',
  `DELETE FROM contact_notes WHERE id = ANY(ARRAY(SELECT id FROM contact_notes WHERE tenant_id = $1 AND contact_id = $2 LIMIT ${MOST_NOTES})) AND tenant_id = $1 RETURNING id`,
);

/** All else is done; what is written about people of before is still to come to its end. */
class StillWritten extends Error {}

/**
 * Forgets a person. The transaction that answers takes the person's name, addresses and place in every queue; all else follows
 * in short transactions of its own, each with how far it has come, so that nobody waits for it and whoever dies in the middle
 * goes on where it was. What stays is that it was done: a row with numbers only.
 */
@Injectable()
export class EraseContact {
  private readonly logger = new Logger(EraseContact.name);

  constructor(
    private readonly db: TenantDb,
    private readonly dataSource: DataSource,
    private readonly personalData: PersonalData,
    private readonly outbox: Outbox,
    private readonly storage: Storage,
    private readonly secrets: Secrets,
    private readonly tenants: TenantsService,
    private readonly contacts: ContactsRepository,
    private readonly erasures: ErasuresRepository,
    private readonly files: FilesApi,
    jobs: JobHandlers,
  ) {
    personalData.register('attached', async (em, erasure) => {
      const notes = (await ERASE_NOTES.rows(em, [erasure.tenantId, erasure.contactId])).length;
      erasure.removed('contact_notes', notes);
      return notes;
    });
    personalData.register('person', async (em, erasure) => {
      const before = erasure.rows.files ?? 0;
      await this.files.erase(
        em,
        erasure,
        erasure.keys.map((key) => idOf('file', key)).filter((file) => file !== undefined),
      );
      return (erasure.rows.files ?? 0) - before;
    });
    jobs.register(ERASE, ({ erasureId }, { tenantId }) => this.goOn(tenantId as number, erasureId as number));
    jobs.register(DELETE_FILES, ({ erasureId }, { tenantId }) => this.deleteFiles(tenantId as number, erasureId as number), { able: () => storage.usable });
    jobs.register(ASK_PROVIDERS, ({ erasureId }, { tenantId, lease }) => this.askProviders(tenantId as number, erasureId as number, lease));
    jobs.register(READ_SUBJECTS, async () => {
      while (await this.personalData.readSome());
    });
  }

  /** @returns the contact as it was. @throws ContactNotFound, ContactInCall */
  async execute(ctx: TenantContext, id: number): Promise<DeletedContactDto> {
    const deadline = performance.now() + BEFORE_ANSWER_MS;
    const answer = await this.db.writeBulk(ctx, async (em) => {
      if (!(await this.contacts.lock(em, ctx, id))) throw new ContactNotFound();
      const row = (await this.contacts.get(em, ctx, id)) as ContactRow;
      // As they were written, too: of two channels that share a number, one holds the identity for both.
      const identities = new Set(row.addresses.flatMap(([, , address, , , identity]) => [address, identity ?? address]));
      const erasure = new Erasure(ctx.tenantId, id, { names: [...identities], keys: [] });
      await this.personalData.stop(em, erasure);
      await this.contacts.hide(em, ctx, id);
      erasure.removed('contact_addresses', row.addresses.length);
      // Their files go after their messages, which tell where else a file is.
      erasure.found.keys.push(...this.files.namedIn([row.custom_fields]).map((file) => subjectKey('file', file)));
      const erasureId = await this.erasures.insert(em, ctx, erasure);
      await this.keep(em, ctx.tenantId, erasureId, erasure);
      await this.trace(em, ctx.tenantId, erasureId, { names: [...erasure.identities, ...erasure.found.names], keys: erasure.found.keys });
      await this.outbox.record(em, ctx.tenantId, ERASE, { erasureId }, new Date(Date.now() + JOB_AFTER_MS));
      return { ...ContactDto.from(row), erasureId };
    });
    // The answer stands whatever happens here: the job does what is left.
    await this.run(ctx, answer.erasureId, () => performance.now() < deadline).catch((error: Error) =>
      this.logger.warn(`Erasure ${answer.erasureId} goes on in its job: ${error.message}`),
    );
    return answer;
  }

  private async goOn(tenantId: number, id: number): Promise<void> {
    const ctx = await this.tenants.contextById(tenantId, `${ERASE} ${id}`);
    if (!ctx) return;
    for (let pauses = 1; ; pauses++) {
      try {
        return await this.run(ctx, id, () => true);
      } catch (error) {
        if (error instanceof StillWritten) return this.outbox.record(this.dataSource.manager, tenantId, ERASE, { erasureId: id }, new Date(Date.now() + AGAIN_AFTER_MS));
        if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE || pauses === MOST_PAUSES) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }

  /** @param mayGoOn asked between steps, none of which takes long */
  private async run(ctx: TenantContext, id: number, mayGoOn: () => boolean): Promise<void> {
    const { tenantId } = ctx;
    const em = this.dataSource.manager;
    if (!mayGoOn()) return;
    while (await this.step(ctx, id, (em, erasure) => this.eraseSome(em, erasure, id))) if (!mayGoOn()) return;
    // Rows of before, whose job has not come to them yet.
    while (await this.personalData.readSome()) if (!mayGoOn()) return;
    const row = await this.erasures.find(em, tenantId, id);
    if (!row) return;
    const known = await this.erasureOf(em, row);
    for (const keys of inPieces(known.keys)) {
      while (await this.step(ctx, id, (inner, erasure) => this.personalData.eraseSomeAbout(inner, erasure, keys))) if (!mayGoOn()) return;
      if (!mayGoOn()) return;
    }
    if (await this.personalData.isOpen(em, { tenantId, createdAt: row.created_at })) throw new StillWritten();
    for await (const { rule, keys } of this.personalData.mentions(known)) {
      if (!mayGoOn()) return;
      if (keys.length > 0) await this.step(ctx, id, (inner, erasure) => this.personalData.eraseMentions(inner, erasure, rule, keys));
    }
    await this.db.write(ctx, (inner) => this.erasures.finish(inner, tenantId, id));
  }

  /** One short transaction, in which what was removed is counted. @returns false where nothing was, or all is done */
  private step(ctx: TenantContext, id: number, work: (em: EntityManager, erasure: Erasure) => Promise<boolean>): Promise<boolean> {
    return this.db.write(ctx, async (em) => {
      await query(em, `SELECT set_config('lock_timeout', '${LOCK_WAIT_MS}ms', true), set_config('enable_seqscan', 'off', true)`, []);
      const row = await this.erasures.take(em, ctx.tenantId, id);
      if (!row) return false;
      const erasure = await this.erasureOf(em, row);
      const isMore = await work(em, erasure);
      await this.erasures.add(em, ctx.tenantId, id, erasure);
      await this.keep(em, ctx.tenantId, id, erasure);
      if (erasure.found.names.length + erasure.found.keys.length > 0) await this.trace(em, ctx.tenantId, id, erasure.found);
      return isMore;
    });
  }

  /** The contact itself goes last, once nothing refers to it and nobody is writing what does. */
  private async eraseSome(em: EntityManager, erasure: Erasure, id: number): Promise<boolean> {
    const { tenantId, contactId } = erasure;
    // Once it has gone, whoever has the number since is somebody else.
    if (!(await this.contacts.isHidden(em, { tenantId }, contactId))) return false;
    if (await this.personalData.eraseSome(em, erasure)) return true;
    if (!(await this.contacts.lockHidden(em, { tenantId }, contactId))) return false;
    if (await this.personalData.eraseSome(em, erasure)) return true;
    await this.contacts.delete(em, { tenantId }, contactId);
    erasure.removed('contacts', 1);
    if ((await this.erasures.files(em, tenantId, id)).length > 0) await this.outbox.record(em, tenantId, DELETE_FILES, { erasureId: id });
    if ((await this.erasures.pending(em, tenantId, id)).length > 0) await this.outbox.record(em, tenantId, ASK_PROVIDERS, { erasureId: id });
    return false;
  }

  private async erasureOf(em: EntityManager, { id, tenant_id: tenantId, contact_id: contactId }: UnfinishedErasure): Promise<Erasure> {
    const traces = (await this.erasures.traces(em, tenantId, id)).map((sealed) => JSON.parse(this.secrets.open(placeOf(id), sealed)) as Traces);
    return new Erasure(tenantId, contactId, { names: traces.flatMap(({ names }) => names), keys: traces.flatMap(({ keys }) => keys) });
  }

  private trace(em: EntityManager, tenantId: number, id: number, traces: Traces): Promise<void> {
    return this.erasures.insertTraces(em, tenantId, id, this.secrets.seal(placeOf(id), JSON.stringify(traces)));
  }

  /** What goes outside the database, once all inside it has gone. */
  private async keep(em: EntityManager, tenantId: number, id: number, { storageKeys, atProviders }: Erasure): Promise<void> {
    if (storageKeys.length > 0) await this.erasures.insertFiles(em, tenantId, id, storageKeys);
    if (atProviders.length > 0) await this.erasures.insertRequests(em, tenantId, id, atProviders);
  }

  private async deleteFiles(tenantId: number, erasureId: number): Promise<void> {
    const em = this.dataSource.manager;
    for (const key of await this.erasures.files(em, tenantId, erasureId)) {
      await this.storage.delete(key);
      await this.erasures.fileDeleted(em, tenantId, erasureId, key);
    }
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

/** Where traces are sealed. */
const placeOf = (erasureId: number): string => `erasure_traces ${erasureId}`;

const KEYS = 200;

function* inPieces(keys: SubjectKey[]): Generator<SubjectKey[]> {
  for (let from = 0; from < keys.length; from += KEYS) yield keys.slice(from, from + KEYS);
}
