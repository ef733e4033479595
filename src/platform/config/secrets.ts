import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Config, ConfigurationError } from './config';
import { KEY_FILE, SecretBroken, keptSecret } from './kept-secret';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Keys for signing and sealing, each derived for one purpose from ENCRYPTION_KEY, so that none can stand in for another. */
@Injectable()
export class Secrets {
  private readonly master: string;

  constructor(config: Config) {
    this.master = config.ENCRYPTION_KEY ?? keptKey(config.DATA_DIR);
  }

  keyFor(purpose: string): Buffer {
    return createHmac('sha256', this.master).update(purpose).digest();
  }

  /** Encrypted and bound to where it is kept, as `connections.credentials 12`: elsewhere it cannot be opened. AES-256-GCM. */
  seal(place: string, text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.keyFor('seal'), nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  /** @throws where ENCRYPTION_KEY, or the place, is not the one it was sealed with */
  open(place: string, sealed: string): string {
    const bytes = Buffer.from(sealed.slice('v1.'.length), 'base64url');
    const decipher = createDecipheriv(CIPHER, this.keyFor('seal'), bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  }
}

/** The key in DATA_DIR. @throws ConfigurationError: what is sealed with half a key is lost once the whole one is back */
function keptKey(dataDir: string): string {
  try {
    return keptSecret(join(dataDir, KEY_FILE), KEY_BYTES);
  } catch (error) {
    if (!(error instanceof SecretBroken)) throw error;
    throw new ConfigurationError([
      `${error.message} It is the key of all that is encrypted here. Put the file back from your backup; if it holds a key of your own, set ENCRYPTION_KEY to that. ` +
        'Delete it only where nothing was encrypted yet: what was, as the credentials of connections, has to be entered again then.',
    ]);
  }
}
