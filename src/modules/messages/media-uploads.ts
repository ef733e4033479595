import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { Lease } from '../../platform/queue/lease';
import type { Connection } from '../connections';
import { FilesApi, type ReadyFile } from '../files';
import { MESSAGE_PROVIDER, type MessageProvider, type Sender, type UploadResult } from './message-provider';

const FIND = new Statement<{ media_id: string }>(
  'uploaded_media_find',
  'SELECT media_id FROM uploaded_media WHERE tenant_id = $1 AND file_id = $2 AND connection_id = $3 AND our_number = $4 AND expires_at > now()',
);
const KEEP = new Statement(
  'uploaded_media_keep',
  `INSERT INTO uploaded_media (tenant_id, file_id, connection_id, our_number, media_id, expires_at) VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 ms')
   ON CONFLICT (file_id, connection_id, our_number, tenant_id) DO UPDATE SET media_id = excluded.media_id, expires_at = excluded.expires_at`,
);
const FORGET = new Statement('uploaded_media_forget', 'DELETE FROM uploaded_media WHERE tenant_id = $1 AND file_id = $2 AND connection_id = $3 AND our_number = $4');

/** Files at the provider: uploaded once for each of our numbers, and anew once the provider has forgotten them. */
@Injectable()
export class MediaUploads {
  constructor(
    private readonly dataSource: DataSource,
    private readonly files: FilesApi,
    @Inject(MESSAGE_PROVIDER) private readonly provider: MessageProvider,
  ) {}

  /** The provider's id of a file that it should still have. */
  async find(connection: Connection, from: Sender, file: ReadyFile): Promise<string | undefined> {
    return (await FIND.row(this.dataSource.manager, [file.tenant_id, file.id, connection.id, from.number]))?.media_id;
  }

  /** Outside of any transaction: it may take long. @throws FileNotFound where its content is gone, LeaseLost */
  async upload(connection: Connection, from: Sender, file: ReadyFile, lease: Lease): Promise<UploadResult> {
    const content = await this.files.open(file);
    try {
      const result = await this.provider.upload(connection, { from, fileName: file.file_name, contentType: file.content_type, size: file.size, content }, lease);
      if (result.kind === 'accepted') {
        await KEEP.rows(this.dataSource.manager, [file.tenant_id, file.id, connection.id, from.number, result.mediaId, this.provider.mediaLifetimeMs]);
      }
      return result;
    } finally {
      content.destroy();
    }
  }

  async forget(em: EntityManager, tenantId: number, fileId: string, connectionId: number, number: string): Promise<void> {
    await FORGET.rows(em, [tenantId, fileId, connectionId, number]);
  }
}
