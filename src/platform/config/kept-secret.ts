import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, constants, copyFileSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Of the data folder: what seals, where nobody has brought an ENCRYPTION_KEY. */
export const KEY_FILE = 'encryption-key';

/** The least that a person may put there instead; as ENCRYPTION_KEY. */
const MIN_CHARACTERS = 32;

/** The file is there, and what it holds is no secret. */
export class SecretBroken extends Error {}

/**
 * A secret in a file of its own: random bytes in hexadecimal, made by whoever comes first, and the same for all who come after.
 * @throws SecretBroken rather than go on with half of it
 */
export function keptSecret(path: string, bytes: number): string {
  if (!existsSync(path)) make(path, bytes);
  const secret = readFileSync(path, 'utf8');
  if (isWhole(secret, bytes * 2)) return secret;
  throw new SecretBroken(`${path} does not hold a whole secret: it has ${secret.trim().length} characters, and was written with ${bytes * 2} hexadecimal digits.`);
}

/** What is all digits was made here; anything else a person chose. */
function isWhole(secret: string, digits: number): boolean {
  const text = secret.trim();
  return /^[0-9a-f]*$/.test(text) ? text.length === digits : text.length >= MIN_CHARACTERS && /^[\x20-\x7e]+$/.test(text);
}

/** Written aside, flushed to the disk, and only then put in its place: whatever is killed or loses its power meanwhile, nobody finds half of it. */
function make(path: string, bytes: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(bytes).toString('hex'));
    fsyncSync(file);
    putInPlace(draft, path);
  } finally {
    closeSync(file);
    rmSync(draft);
  }
}

/** For a file system without links, as a memory card has it. */
function copyUnlessThere(draft: string, path: string): void {
  try {
    copyFileSync(draft, path, constants.COPYFILE_EXCL);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** A link is there whole or not at all. Of several that start at the same moment one makes it; the others read what it made. */
function putInPlace(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') copyUnlessThere(draft, path);
  }
}
