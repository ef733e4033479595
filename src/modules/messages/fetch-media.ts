import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { StorageFull } from '../../platform/errors/platform.errors';
import { JobHandlers } from '../../platform/queue/job-handlers';
import { FileEmpty, FileTooLarge } from '../../platform/storage/file-intake';
import { ConnectionsApi } from '../connections';
import { FileNotFound, type FileRow, FilesApi } from '../files';
import { Transcriber } from '../recordings';
import { MESSAGE_PROVIDER, MediaGone, type MediaType, type MessageProvider } from './message-provider';
import { type AttachmentJson, type MediaProcessing, type MessageRow, MessagesRepository, type ProcessingStep } from './messages.repository';

/** Job: {messageId}. */
export const FETCH_MEDIA = 'message.fetch-media';

export const PENDING: ProcessingStep = { status: 'pending', content: null, errorMessage: null, processedAt: null };

/** With the queue's pauses, about a quarter of an hour: the provider keeps it for days, but a url of it for minutes only, so that each try asks for a new one. */
const MAX_ATTEMPTS = 10;

/** Brings the file of a message that came in into storage, and has what is said in it written down. */
@Injectable()
export class FetchMedia {
  private readonly logger = new Logger(FetchMedia.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly connections: ConnectionsApi,
    private readonly files: FilesApi,
    private readonly messages: MessagesRepository,
    @Inject(MESSAGE_PROVIDER) private readonly provider: MessageProvider,
    @Optional() @Inject(Transcriber) private readonly transcriber: Transcriber | undefined,
    handlers: JobHandlers,
  ) {
    handlers.register(
      FETCH_MEDIA,
      ({ messageId }, { tenantId, attempt }) => this.execute(tenantId as number, messageId as string, attempt),
      () => files.usable,
    );
  }

  private async execute(tenantId: number, messageId: string, attempt: number): Promise<void> {
    const message = await this.messages.get(this.dataSource.manager, tenantId, messageId);
    for (const attachment of message?.attachments ?? []) await this.bring(message as MessageRow, attachment, attempt >= MAX_ATTEMPTS);
  }

  private async bring(message: MessageRow, attachment: AttachmentJson, isLast: boolean): Promise<void> {
    const file = await this.fileOf(message, attachment);
    if (!file || file.state === 'failed') return;
    try {
      const ready = file.state === 'pending' ? await this.fetch(message, attachment, file) : file;
      if (ready) await this.process(message, attachment, ready);
    } catch (error) {
      // That there is no room says nothing of the file.
      if (error instanceof StorageFull || (!isLast && !isFinal(error))) throw error;
      this.logger.warn(`The file of message ${message.id} is given up: ${(error as Error).message}`);
      const reason = isFinal(error) ? (error as Error).message : 'WhatsApp did not give it in time';
      await this.files.fail(this.dataSource.manager, message.tenant_id, file.id, reason);
      await this.save(message, attachment, { status: 'failed', content: null, errorMessage: reason, processedAt: new Date().toISOString() });
    }
  }

  /** Undefined where it has been deleted since. */
  private async fileOf(message: MessageRow, { file_id: id }: AttachmentJson): Promise<FileRow | undefined> {
    try {
      return id === null ? undefined : await this.files.get(this.dataSource.manager, message.tenant_id, id);
    } catch (error) {
      if (error instanceof FileNotFound) return undefined;
      throw error;
    }
  }

  private async fetch(message: MessageRow, { type, media_id: id }: AttachmentJson, file: FileRow): Promise<FileRow | undefined> {
    const connection = message.connection_id === null ? undefined : await this.connections.byId(this.dataSource.manager, message.connection_id);
    if (!connection || id === null) throw new MediaGone('the connection that it came by has been deleted');
    const { maxBytes } = this.provider.media[type as MediaType];
    const from = { number: message.recipient.address, providerId: message.recipient.providerId };
    const { content, contentType } = await this.provider.download(connection, { id, from }, maxBytes);
    return this.files.complete(message.tenant_id, file.id, content, { claimed: contentType ?? file.content_type, maxBytes });
  }

  private async process(message: MessageRow, attachment: AttachmentJson, file: FileRow): Promise<void> {
    const { status } = (attachment.media_processing as Partial<MediaProcessing>).textRepresentation ?? PENDING;
    if (status !== 'pending' && status !== 'processing') return;
    if (attachment.type !== 'audio' || !this.transcriber) return this.save(message, attachment, { ...PENDING, status: 'skipped' });
    await this.save(message, attachment, { ...PENDING, status: 'processing' });
    await this.save(message, attachment, await this.transcribed(this.transcriber, file));
  }

  private async transcribed(transcriber: Transcriber, file: FileRow): Promise<ProcessingStep> {
    const processedAt = (): string => new Date().toISOString();
    const stream = await this.files.open(this.files.ready(file));
    try {
      const { text } = await transcriber.transcribe({ stream, contentType: file.content_type, dualChannel: null });
      return { status: 'completed', content: text, errorMessage: null, processedAt: processedAt() };
    } catch (error) {
      return { status: 'failed', content: null, errorMessage: (error as Error).message, processedAt: processedAt() };
    } finally {
      stream.destroy();
    }
  }

  private save(message: MessageRow, attachment: AttachmentJson, textRepresentation: ProcessingStep): Promise<void> {
    // Nobody writes summaries yet.
    return this.messages.saveProcessing(this.dataSource.manager, message.tenant_id, attachment.id, { textRepresentation, summary: { ...PENDING, status: 'skipped' } });
  }
}

/** Asking again would not help. */
const isFinal = (error: unknown): boolean => error instanceof MediaGone || error instanceof FileTooLarge || error instanceof FileEmpty;
