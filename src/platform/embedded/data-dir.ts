import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { KEY_FILE } from '../config/kept-secret';
import { closedFolders, isInitialised, isRoot, ownerOf } from './postgres-host';

/** Where every user may pass, and software that root runs keeps its data. */
const SYSTEM_FOLDER = '/var/lib/llamador';

/**
 * The folder of the product's own files: DATA_DIR, else `.data` beside the product. PostgreSQL does not run as root; where root has
 * the product in a folder that others may not enter, as /root is, all of it is in a folder of this checkout's under /var/lib/llamador.
 */
export function dataDirOf(root: string, env: { DATA_DIR?: string; DATABASE_URL?: string }): string {
  if (env.DATA_DIR) return resolve(root, env.DATA_DIR);
  const inside = join(root, '.data');
  const pgData = join(inside, 'postgres');
  if (!isRoot() || isInitialised(pgData)) return inside;
  // With a database elsewhere nothing kept it from being here; and its key is what others are sealed with.
  if (env.DATABASE_URL && existsSync(join(inside, KEY_FILE))) return inside;
  const outside = join(SYSTEM_FOLDER, `${basename(root)}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`);
  // Once there it stays there, whatever is opened or set later.
  if (existsSync(outside)) return outside;
  return env.DATABASE_URL || closedFolders(root, ownerOf(pgData)).length === 0 ? inside : outside;
}
