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
  /** What tells this storage from any other, wherever it is asked from. @throws where it cannot be used: the message says what to mend */
  abstract identify(): Promise<string>;
  /** Removes what processes that died have left unfinished, and nothing that may still be being written. */
  abstract sweep(): Promise<void>;

  /** Whether files can be taken in and found here; where not, that is others' work. */
  get usable(): boolean {
    return true;
  }
}

export class FileMissing extends Error {
  constructor(key: string) {
    super(`there is no file ${key}`);
  }
}
