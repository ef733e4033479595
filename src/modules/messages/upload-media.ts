import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import { PayloadTooLarge, ServiceUnavailable } from '../../platform/errors/platform.errors';
import { Lease } from '../../platform/queue/lease';
import { FileTooLarge } from '../../platform/storage/file-intake';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { CallerNumber, Connection } from '../connections';
import { type FileRow, FilesApi, type ReadyFile } from '../files';
import { Addressing } from './addressing';
import type { UploadMediaDto, UploadedMediaDto } from './dto/send-message.dto';
import { MediaUploads } from './media-uploads';
import { MESSAGE_PROVIDER, type MessageProvider } from './message-provider';
import { MediaRefused } from './messages.errors';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A file to WhatsApp before it is needed; messages with a file that is not there yet bring it themselves. */
@Injectable()
export class UploadMedia {
  constructor(
    private readonly db: TenantDb,
    private readonly addressing: Addressing,
    private readonly files: FilesApi,
    private readonly uploads: MediaUploads,
    @Inject(MESSAGE_PROVIDER) private readonly provider: MessageProvider,
  ) {}

  /** @throws ValidationFailed, SenderNotFound, FileNotFound, FileNotReady, PayloadTooLarge, MediaRefused, ServiceUnavailable */
  async execute(ctx: TenantContext, body: UploadMediaDto): Promise<UploadedMediaDto> {
    const content = contentOf(body);
    const { connection, from } = await this.db.read(ctx, async (em) => ({
      connection: await this.addressing.connectionOf(em, ctx),
      from: await this.addressing.senderOf(em, ctx, body.fromPhoneNumber),
    }));
    const file = this.files.ready(content ? await this.store(ctx, body, content) : await this.db.read(ctx, (em) => this.files.get(em, ctx.tenantId, body.fileId as string)));
    this.checkType(file);
    const mediaId = (await this.uploads.find(connection, from, file)) ?? (await this.upload(connection, from, file));
    const { id: fileId, file_name: fileName, content_type: contentType, size, tags } = file;
    return { url: this.files.urlOf(file), size, fileName, contentType, fileId, mediaId, tags };
  }

  private async store(ctx: TenantContext, { fileName, contentType, tags }: UploadMediaDto, content: Buffer): Promise<FileRow> {
    try {
      return await this.files.store(ctx, { content: Readable.from([content]), fileName: fileName as string, claimed: contentType, tags });
    } catch (error) {
      if (error instanceof FileTooLarge) throw new PayloadTooLarge(`The file is too large: one of type ${error.contentType} may have ${error.maxBytes / 1_000_000} MB.`);
      throw error;
    }
  }

  /** @throws MediaRefused, ServiceUnavailable */
  private async upload(connection: Connection, from: CallerNumber, file: ReadyFile): Promise<string> {
    const result = await this.uploads.upload(connection, from, file, Lease.FOREVER);
    switch (result.kind) {
      case 'accepted':
        return result.mediaId;
      case 'refused':
        throw new MediaRefused(result.error);
      default:
        throw new ServiceUnavailable('WhatsApp does not take files at the moment. The file is kept; try again.');
    }
  }

  private checkType({ content_type: contentType, size }: ReadyFile): void {
    const rules = Object.values(this.provider.media);
    const fitting = rules.find(({ contentTypes, maxBytes }) => contentTypes.includes(contentType) && size <= maxBytes);
    if (fitting) return;
    const faults = new Faults();
    const taken = rules.flatMap(({ contentTypes }) => contentTypes).join(', ');
    faults.add('fileId', 'INVALID_VALUE', `is of type ${contentType} and has ${size} bytes. WhatsApp takes, up to their limits: ${taken}`);
    faults.throwIfAny();
  }
}

/** @returns undefined where it is a file that is here already @throws ValidationFailed */
function contentOf(body: UploadMediaDto): Buffer | undefined {
  const faults = Faults.of(body);
  const { fileId, fileName, contentType, content } = body;
  const parts = { fileName, contentType, content };
  const missing = Object.entries(parts).filter(([, value]) => !value);
  if (fileId) {
    for (const [name, value] of Object.entries(parts)) if (value) faults.add(name, 'INVALID_VALUE', 'stands beside fileId: send fileId alone, or fileName, contentType and content');
  } else if (missing.length === 3) {
    faults.add('fileId', 'REQUIRED_FIELD', 'is required, or else fileName, contentType and content');
  } else {
    for (const [name] of missing) faults.add(name, 'REQUIRED_FIELD', 'is required where there is no fileId');
  }
  faults.throwIfAny();
  const base64 = (content ?? '').replace(/^data:[^,]*,/, '').replace(/\s/g, '');
  if (fileId) return undefined;
  if (base64 === '' || !BASE64.test(base64)) faults.add('content', 'INVALID_FORMAT', 'must be base64');
  faults.throwIfAny();
  return Buffer.from(base64, 'base64');
}
