import type { Readable } from 'node:stream';

/** A part of a file, in bytes, both ends included. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Where files are kept: recordings, media. Keys are ours: letters, digits, `/ . _ -`, and never begin with `/`. */
export abstract class Storage {
  /** Whole or not at all: a reader never sees half a file. @returns its size in bytes */
  abstract write(key: string, content: Readable): Promise<number>;
  /** @throws FileMissing */
  abstract read(key: string, range?: ByteRange): Promise<Readable>;
  /** Nothing happens where there is no such file. */
  abstract delete(key: string): Promise<void>;
}

export class FileMissing extends Error {
  constructor(key: string) {
    super(`there is no file ${key}`);
  }
}
