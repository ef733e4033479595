import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { TenantDb } from '../../platform/database/tenant-db';
import { sendFile } from '../../platform/http/send-file';
import { LinkExpired, type SignedLinkDto, SignedLinks } from '../../platform/http/signed-links';
import type { Upload } from '../../platform/http/upload.interceptor';
import type { ListQueryDto, Page } from '../../platform/listing/list-query.dto';
import { type ListDefinition, Lists } from '../../platform/listing/lists';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { FileDto, type UploadFileDto } from './dto/file.dto';
import { FILE_STATES } from './file.entity';
import { FilesApi, contentPath } from './files.api';
import { type FileRow, FilesRepository } from './files.repository';

const LIST: ListDefinition<FileRow, FileRow> = {
  name: 'files',
  from: 'files f',
  columns: 'f.*',
  tenantColumn: 'f.tenant_id',
  idColumn: 'f.id',
  idCast: 'text',
  fields: {
    fileId: { type: 'text', sql: 'f.id' },
    fileName: { type: 'text', sql: 'f.file_name' },
    contentType: { type: 'text', sql: 'f.content_type' },
    state: { type: 'text', sql: 'f.state', oneOf: FILE_STATES },
    size: { type: 'number', sql: 'f.size' },
    createdAt: { type: 'instant', sql: 'f.created_at' },
    updatedAt: { type: 'instant', sql: 'f.updated_at' },
  },
  search: (text, sql) => `fold(f.file_name) LIKE ${sql.like(text)}`,
  defaultSort: ['createdAt', 'desc'],
  read: (row) => row,
};

@Injectable()
export class FilesService {
  constructor(
    private readonly db: TenantDb,
    private readonly dataSource: DataSource,
    private readonly lists: Lists,
    private readonly files: FilesRepository,
    private readonly api: FilesApi,
    private readonly links: SignedLinks,
  ) {}

  async list(ctx: TenantContext, query: ListQueryDto): Promise<Page<FileDto>> {
    const page = await this.db.read(ctx, (em) => this.lists.page(em, ctx, LIST, this.lists.request(query)));
    return { ...page, items: page.items.map((row) => this.shown(row)) };
  }

  /** @throws FileNotFound */
  async get(ctx: TenantContext, id: string): Promise<FileDto> {
    return this.shown(await this.db.read(ctx, (em) => this.api.get(em, ctx.tenantId, id)));
  }

  async create(ctx: TenantContext, upload: Upload, { tags }: UploadFileDto): Promise<FileDto> {
    const { fileName, contentType } = upload;
    const file = await this.db.writeOne(ctx, (em) => this.files.insert(em, ctx.tenantId, { fileName, contentType, tags }, upload));
    upload.kept = true;
    return this.shown(file);
  }

  /** Whoever has no good link learns nothing, not even that there is none. @throws LinkExpired, FileNotFound, FileNotReady */
  async send(id: string, link: SignedLinkDto, reply: FastifyReply): Promise<void> {
    const row = await this.files.getOfAnybody(this.dataSource.manager, id);
    if (!row) throw new LinkExpired();
    this.links.check(row.tenant_id, contentPath(id), link);
    const file = this.api.ready(row);
    await sendFile(reply, { name: file.file_name, contentType: file.content_type, size: file.size, read: (range) => this.api.open(file, range) });
  }

  private shown(row: FileRow): FileDto {
    return FileDto.from(row, this.api.urlOf(row));
  }
}
