import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { sendFile } from '../../platform/http/send-file';
import { LinkExpired, type SignedLinkDto, SignedLinks } from '../../platform/http/signed-links';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import { Lists } from '../../platform/listing/lists';
import { FileMissing, Storage } from '../../platform/storage/storage';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { RecordingDto } from './dto/recording.dto';
import { RECORDINGS_LIST } from './recordings-list';
import { RecordingNotFound, RecordingNotReady } from './recordings.errors';
import { type RecordingRow, RecordingsRepository } from './recordings.repository';

@Injectable()
export class RecordingsService {
  constructor(
    private readonly db: TenantDb,
    private readonly dataSource: DataSource,
    private readonly lists: Lists,
    private readonly recordings: RecordingsRepository,
    private readonly links: SignedLinks,
    private readonly storage: Storage,
  ) {}

  async list(ctx: TenantContext, query: ListQueryDto): Promise<Page<RecordingDto>> {
    const page = await this.db.read(ctx, (em) => this.lists.page(em, ctx, RECORDINGS_LIST, this.lists.request(query)));
    return { ...page, items: page.items.map((row) => RecordingDto.from(row, this.urlOf(row))) };
  }

  /** @throws RecordingNotFound, RecordingNotReady */
  async get(ctx: TenantContext, id: number): Promise<RecordingDto> {
    return this.shown(await this.db.read(ctx, (em) => this.recordings.get(em, ctx.tenantId, id)));
  }

  /** One that can be heard, as it is shown. @throws RecordingNotFound, RecordingNotReady */
  shown(row: RecordingRow | undefined): RecordingDto {
    const recording = heard(row);
    return RecordingDto.from(recording, this.urlOf(recording));
  }

  /** Answers with the sound. Whoever has no good link learns nothing, not even that there is none. @throws LinkExpired, RecordingNotFound, RecordingNotReady */
  async send(id: number, link: SignedLinkDto, reply: FastifyReply): Promise<void> {
    const row = await this.recordings.getOfAnybody(this.dataSource.manager, id);
    if (!row) throw new LinkExpired();
    this.links.check(row.tenant_id, pathOf(id), link);
    const { storage_key: key, content_type: contentType, size } = heard(row);
    const name = `recording-${id}${key.slice(key.lastIndexOf('.'))}`;
    try {
      await sendFile(reply, { name, contentType, size, read: (range) => this.storage.read(key, range) });
    } catch (error) {
      throw error instanceof FileMissing ? new RecordingNotFound('its file is gone') : error;
    }
  }

  private urlOf({ id, tenant_id: tenantId }: RecordingRow): string {
    return this.links.urlOf(tenantId, pathOf(id));
  }
}

const pathOf = (id: number): string => `/recordings/${id}/content`;

type HeardRow = RecordingRow & { storage_key: string; content_type: string; size: number };

/** @throws RecordingNotFound, RecordingNotReady */
function heard(row: RecordingRow | undefined): HeardRow {
  if (!row) throw new RecordingNotFound();
  if (row.state === 'pending') throw new RecordingNotReady();
  if (row.state === 'failed') throw new RecordingNotFound(row.failure ?? 'nobody knows why');
  return row as HeardRow;
}
