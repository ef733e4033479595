import { randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { type FileHandle, copyFile, link, mkdir, open, opendir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import { StorageFull } from '../errors/platform.errors';
import { type ByteRange, FileMissing, Storage } from './storage';
import { checkedKey } from './storage-key';

const ID_FILE = '.storage-id';
const UNFINISHED = /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Who still writes a file has written to it since; by the clocks of all machines that share the folder. */
const ABANDONED_MS = 24 * 3_600_000;
/** No room on the disk, none left of a quota, larger than a file may be. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

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
    try {
      await mkdir(dirname(path), { recursive: true });
      const size = await writeWhole(unfinished, content);
      await rename(unfinished, path);
      await flushFolder(dirname(path));
      return size;
    } catch (error) {
      await rm(unfinished, { force: true });
      throw FULL.has((error as NodeJS.ErrnoException).code ?? '') ? new StorageFull() : error;
    }
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    return (await this.open(key)).createReadStream(range);
  }

  async delete(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  /** In a file of the folder, so that all who share the folder read the same. */
  async identify(): Promise<string> {
    const path = join(this.folder, ID_FILE);
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await mkdir(this.folder, { recursive: true });
    const draft = join(this.folder, `.${randomUUID()}`);
    try {
      await writeFile(draft, randomUUID(), { flush: true });
      await putInPlace(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
    return readFile(path, 'utf8');
  }

  async sweep(): Promise<void> {
    await this.sweepFolder(this.folder, Date.now() - ABANDONED_MS);
  }

  private async sweepFolder(folder: string, before: number): Promise<void> {
    for await (const entry of await opendir(folder).catch(noneThere)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await this.sweepFolder(path, before);
      else if (UNFINISHED.test(entry.name) && (await writtenAt(path)) < before) await rm(path, { force: true });
    }
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

/** @returns its size in bytes */
async function writeWhole(path: string, content: Readable): Promise<number> {
  const file = createWriteStream(path, { flags: 'wx', flush: true });
  try {
    await pipeline(content, file);
    return file.bytesWritten;
  } catch (error) {
    // Content that fails at once is reported while the file is still being opened, which would make it again.
    if (!file.closed) await new Promise<void>((resolve) => file.once('close', resolve));
    throw error;
  }
}

/** A link is there whole or not at all; file systems without links have copies. Of two that start at once the first's stays. */
async function putInPlace(draft: string, path: string): Promise<void> {
  const unlessThere = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EEXIST') throw error;
  };
  await link(draft, path)
    .catch((error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? undefined : copyFile(draft, path, constants.COPYFILE_EXCL)))
    .catch(unlessThere);
}

/** A folder that nobody has made yet, or that went meanwhile, has nothing to sweep. */
function noneThere(error: NodeJS.ErrnoException): [] {
  if (error.code !== 'ENOENT') throw error;
  return [];
}

async function writtenAt(path: string): Promise<number> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity })); // it has just been finished
  return mtimeMs;
}

/** A new name outlives a power cut only once its folder has been written, too. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}
