import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import { type ByteRange, FileMissing, Storage } from './storage';
import { checkedKey } from './storage-key';

/** Files in a folder of DATA_DIR: for one machine, or for several that share the folder. */
@Injectable()
export class LocalStorage extends Storage {
  private readonly folder: string;

  constructor(config: Config) {
    super();
    this.folder = join(config.DATA_DIR, 'storage');
  }

  async write(key: string, content: Readable): Promise<number> {
    const path = this.pathOf(key);
    // No key can name it, since no part of a key begins with a dot; and beside the file, so that renaming moves nothing.
    const unfinished = join(dirname(path), `.${randomUUID()}`);
    await mkdir(dirname(path), { recursive: true });
    const file = createWriteStream(unfinished, { flags: 'wx', flush: true });
    try {
      await pipeline(content, file);
      await rename(unfinished, path);
      await flushFolder(dirname(path));
      return file.bytesWritten;
    } catch (error) {
      // Content that fails at once is reported while the file is still being opened, which would make it again.
      if (!file.closed) await new Promise<void>((resolve) => file.once('close', resolve));
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    return (await this.open(key)).createReadStream(range);
  }

  async delete(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  private async open(key: string): Promise<FileHandle> {
    try {
      return await open(this.pathOf(key));
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new FileMissing(key) : error;
    }
  }

  private pathOf(key: string): string {
    return join(this.folder, checkedKey(key));
  }
}

/** A new name outlives a power cut only once its folder has been written, too. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}
