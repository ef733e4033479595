import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Config } from './config';

/** Keys for signing, each derived for one purpose from ENCRYPTION_KEY, so that none can stand in for another. */
@Injectable()
export class Secrets {
  private readonly master: string;

  constructor(config: Config) {
    this.master = config.ENCRYPTION_KEY ?? keptKey(config.DATA_DIR);
  }

  keyFor(purpose: string): Buffer {
    return createHmac('sha256', this.master).update(purpose).digest();
  }
}

/** The key in DATA_DIR. `wx` lets only one of several starting processes make it; the others read what it wrote. */
function keptKey(dataDir: string): string {
  const path = join(dataDir, 'encryption-key');
  mkdirSync(dataDir, { recursive: true });
  try {
    writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8');
}
