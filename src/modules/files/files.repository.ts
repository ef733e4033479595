import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { StoredFile } from '../../platform/storage/file-intake';
import { sortableId } from '../../platform/text/ids';
import type { FileState } from './file.entity';

/** A file as a statement gives it. */
export interface FileRow {
  id: string;
  tenant_id: number;
  file_name: string;
  content_type: string;
  state: FileState;
  failure: string | null;
  size: number | null;
  sha256: string | null;
  storage_key: string | null;
  tags: Record<string, string>;
  created_at: string;
  updated_at: string;
}

export interface NewFile {
  fileName: string;
  contentType: string;
  tags?: Record<string, string> | null;
}

const GET = new Statement<FileRow>('file_get', 'SELECT * FROM files WHERE tenant_id = $1 AND id = $2');

const KNOWN = new Statement<{ id: string }>('file_known', 'SELECT id FROM files WHERE (tenant_id = $1) IS TRUE AND id = ANY($2::text[])');

const GET_OF_ANYBODY = new Statement<FileRow>('file_get_of_anybody', 'SELECT * FROM files WHERE id = $1');

const INSERT = new Statement<FileRow>(
  'file_insert',
  `INSERT INTO files (id, tenant_id, file_name, content_type, state, size, sha256, storage_key, tags)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *`,
);

const COMPLETE = new Statement<FileRow>(
  'file_complete',
  `UPDATE files SET state = 'ready', content_type = $3, size = $4, sha256 = $5, storage_key = $6, updated_at = now()
   WHERE tenant_id = $1 AND id = $2 AND state = 'pending' RETURNING *`,
);

const FAIL = new Statement('file_fail', `UPDATE files SET state = 'failed', failure = $3, updated_at = now() WHERE tenant_id = $1 AND id = $2 AND state = 'pending'`);

const ERASE = new Statement<{ storage_key: string | null }>('file_erase', 'DELETE FROM files WHERE tenant_id = $1 AND id = ANY($2::text[]) RETURNING storage_key');

@Injectable()
export class FilesRepository {
  get(em: EntityManager, tenantId: number, id: string): Promise<FileRow | undefined> {
    return GET.row(em, [tenantId, id]);
  }

  async known(em: EntityManager, tenantId: number, ids: string[]): Promise<Set<string>> {
    return new Set((await KNOWN.rows(em, [tenantId, ids])).map(({ id }) => id));
  }

  /** For whoever has a link: that proves whose it is. */
  getOfAnybody(em: EntityManager, id: string): Promise<FileRow | undefined> {
    return GET_OF_ANYBODY.row(em, [id]);
  }

  /** @param stored absent for one that is still to come */
  async insert(em: EntityManager, tenantId: number, { fileName, contentType, tags }: NewFile, stored?: StoredFile): Promise<FileRow> {
    const { size = null, sha256 = null, storageKey = null } = stored ?? {};
    const state: FileState = stored ? 'ready' : 'pending';
    return (await INSERT.row(em, [sortableId('file'), tenantId, fileName, contentType, state, size, sha256, storageKey, JSON.stringify(tags ?? {})])) as FileRow;
  }

  /** @returns undefined where it is no longer awaited */
  complete(em: EntityManager, tenantId: number, id: string, { contentType, size, sha256, storageKey }: StoredFile): Promise<FileRow | undefined> {
    return COMPLETE.row(em, [tenantId, id, contentType, size, sha256, storageKey]);
  }

  /** @returns where their contents are */
  async erase(em: EntityManager, tenantId: number, ids: string[]): Promise<(string | null)[]> {
    return (await ERASE.rows(em, [tenantId, ids])).map(({ storage_key: key }) => key);
  }

  async fail(em: EntityManager, tenantId: number, id: string, failure: string): Promise<void> {
    await FAIL.rows(em, [tenantId, id, failure]);
  }
}
