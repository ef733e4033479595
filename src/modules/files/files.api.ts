import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { SignedLinks } from '../../platform/http/signed-links';
import { FileIntake } from '../../platform/storage/file-intake';
import { type ByteRange, FileMissing, Storage } from '../../platform/storage/storage';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { type Erasure, PersonalData } from '../../platform/database/personal-data';
import { TenantDb } from '../../platform/database/tenant-db';
import { subjectKey } from '../../platform/text/subjects';
import { limitOf } from './file-limits';
import { FileNotFound, FileNotReady } from './files.errors';
import { type FileRow, FilesRepository } from './files.repository';

/** A file that can be read. */
export type ReadyFile = FileRow & { size: number; storage_key: string };

/** What other modules may ask of files. */
@Injectable()
export class FilesApi {
  constructor(
    private readonly db: TenantDb,
    private readonly dataSource: DataSource,
    private readonly files: FilesRepository,
    private readonly intake: FileIntake,
    private readonly storage: Storage,
    private readonly links: SignedLinks,
    private readonly personalData: PersonalData,
  ) {}

  /** Whether contents can be taken in and found here. */
  get usable(): boolean {
    return this.storage.usable;
  }

  /** @throws FileNotFound */
  async get(em: EntityManager, tenantId: number, id: string): Promise<FileRow> {
    const file = await this.files.get(em, tenantId, id);
    if (!file) throw new FileNotFound();
    return file;
  }

  /** Which of these the tenant has. */
  async known(em: EntityManager, tenantId: number, ids: string[]): Promise<Set<string>> {
    return ids.length === 0 ? new Set() : this.files.known(em, tenantId, [...new Set(ids)]);
  }

  /** The same row as one that can be read. @throws FileNotReady, FileNotFound */
  ready(file: FileRow): ReadyFile {
    if (file.state === 'pending') throw new FileNotReady();
    if (file.state === 'failed') throw new FileNotFound(file.failure ?? 'nobody knows why');
    return file as ReadyFile;
  }

  /** A file that is here already. @throws FileEmpty, FileTooLarge */
  async store(ctx: TenantContext, { content, fileName, claimed, tags }: { content: Readable; fileName: string; claimed?: string; tags?: Record<string, string> | null }): Promise<FileRow> {
    const stored = await this.intake.take({ folder: folderOf(ctx.tenantId), content, fileName, claimed, limitOf });
    try {
      return await this.db.writeOne(ctx, (em) => this.files.insert(em, ctx.tenantId, { fileName, contentType: stored.contentType, tags }, stored));
    } catch (error) {
      await this.intake.discard(stored.storageKey, error);
      throw error;
    }
  }

  /** One that is still to come: its id is known before its content. */
  async announce(em: EntityManager, tenantId: number, file: { fileName: string; contentType: string }): Promise<string> {
    return (await this.files.insert(em, tenantId, file)).id;
  }

  /** The content of one that was announced; the first that is whole stays. @returns undefined where nobody waits for it any more @throws FileEmpty, FileTooLarge */
  async complete(tenantId: number, id: string, content: Readable, { claimed, maxBytes }: { claimed?: string; maxBytes: number }): Promise<FileRow | undefined> {
    const stored = await this.intake.take({ folder: folderOf(tenantId), content, claimed, limitOf: () => maxBytes });
    const file = await this.files.complete(this.dataSource.manager, tenantId, id, stored).catch(async (error: unknown) => {
      await this.intake.discard(stored.storageKey, error);
      throw error;
    });
    if (!file) await this.intake.discard(stored.storageKey);
    return file;
  }

  async fail(em: EntityManager, tenantId: number, id: string, reason: string): Promise<void> {
    await this.files.fail(em, tenantId, id, reason);
  }

  /** Files of somebody who is forgotten. */
  async erase(em: EntityManager, erasure: Erasure, ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    const keys = await this.files.erase(em, erasure.tenantId, ids);
    if (keys.length === 0) return;
    erasure.removed('files', keys.length);
    await this.personalData.eraseAbout(em, erasure, ids.map((id) => subjectKey('file', id)));
    erasure.storageKeys.push(...keys.filter((key) => key !== null));
  }

  /** The same, of those that custom fields name. */
  eraseNamed(em: EntityManager, erasure: Erasure, customFields: Record<string, unknown>[]): Promise<void> {
    return this.erase(em, erasure, this.namedIn(customFields));
  }

  /** Ids of the files that custom fields name. */
  namedIn(customFields: Record<string, unknown>[]): string[] {
    return customFields.flatMap((fields) => Object.values(fields).filter((value): value is string => typeof value === 'string' && value.startsWith('file_')));
  }

  /** @throws FileNotFound where its content is gone */
  async open(file: ReadyFile, range?: ByteRange): Promise<Readable> {
    try {
      return await this.storage.read(file.storage_key, range);
    } catch (error) {
      throw error instanceof FileMissing ? new FileNotFound('its content is gone') : error;
    }
  }

  /** Opens without a key, for a while. */
  urlOf({ id, tenant_id }: Pick<FileRow, 'id' | 'tenant_id'>): string {
    return this.links.urlOf(tenant_id, contentPath(id));
  }

  /** The same without a signature: a name for it that stays, and that opens nothing. */
  unsignedUrlOf(id: string): string {
    return this.links.unsignedUrlOf(contentPath(id));
  }
}

export const FOLDER = 'files';
const folderOf = (tenantId: number): string => `${FOLDER}/${tenantId}`;

/** Below /api/v1. */
export const contentPath = (id: string): string => `/files/${id}/content`;
