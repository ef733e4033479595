import { type Hash, createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { mayHaveHappened } from '../database/tenant-db';
import { fileTypeOf } from './content-types';
import { firstBytes } from './first-bytes';
import { Storage } from './storage';

/** What lies before the first bytes that tell what a file is, and they themselves, fit into it. */
const HEAD_BYTES = 4096;

/** A file that is in storage now. */
export interface StoredFile {
  storageKey: string;
  /** By its content. */
  contentType: string;
  /** Bytes. */
  size: number;
  /** Hexadecimal. */
  sha256: string;
}

export interface IntakeOptions {
  /** Of storage, as `files/1`. */
  folder: string;
  content: Readable;
  fileName?: string;
  /** What whoever sends it says that it is. */
  claimed?: string;
  /** The most bytes that a file of a type may have. */
  limitOf: (contentType: string) => number;
}

export class FileEmpty extends Error {}

export class FileTooLarge extends Error {
  constructor(
    readonly contentType: string,
    readonly maxBytes: number,
  ) {
    super(`a file of type ${contentType} may have at most ${maxBytes} bytes`);
  }
}

/** Takes files into storage as they come, whole or not at all, and finds out on the way what they are. */
@Injectable()
export class FileIntake {
  constructor(private readonly storage: Storage) {}

  /** @throws FileEmpty, FileTooLarge, and whatever ends the content before its time; then nothing is kept */
  async take({ folder, content, fileName, claimed, limitOf }: IntakeOptions): Promise<StoredFile> {
    const { head, whole } = await firstBytes(content, HEAD_BYTES);
    if (head.length === 0) throw new FileEmpty();
    const { contentType, extension } = fileTypeOf(head, { fileName, claimed });
    const storageKey = `${folder}/${randomUUID()}.${extension}`;
    const hash = createHash('sha256');
    const measured = Readable.from(measuredBy(hash, whole, contentType, limitOf(contentType)));
    try {
      const size = await this.storage.write(storageKey, measured);
      return { storageKey, contentType, size, sha256: hash.digest('hex') };
    } finally {
      content.destroy();
    }
  }

  /** @param error what went wrong. Where the row may have been written the file stays: one without a row takes room, a row without its file is a loss. */
  async discard(storageKey: string, error?: unknown): Promise<void> {
    if (mayHaveHappened(error)) return;
    await this.storage.delete(storageKey);
  }
}

async function* measuredBy(hash: Hash, content: Readable, contentType: string, maxBytes: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new FileTooLarge(contentType, maxBytes);
    hash.update(chunk);
    yield chunk;
  }
}
