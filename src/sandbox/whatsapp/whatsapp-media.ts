import { createHash, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whatsappError } from './whatsapp-error';

export interface StoredMedia {
  id: string;
  phoneNumberId: string;
  mimeType: string;
  size: number;
  path: string;
}

const MEGABYTE = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;
/** What is uploaded is kept for 30 days. */
const KEPT_MS = 30 * DAY_MS;
/** The oldest goes beyond it. */
const MAX_BYTES = 500 * MEGABYTE;

const LIMITS: readonly [RegExp, number][] = [
  [/^image\/(jpeg|png)$/, 5 * MEGABYTE],
  [/^image\/webp$/, 500 * 1024],
  [/^audio\/(aac|amr|mpeg|mp4|ogg)/, 16 * MEGABYTE],
  [/^video\/(mp4|3gpp)$/, 16 * MEGABYTE],
  [/^(text\/plain|application\/(pdf|msword|vnd\.ms-excel|vnd\.ms-powerpoint|vnd\.openxmlformats-officedocument\..+))$/, 100 * MEGABYTE],
];

/** Files at WhatsApp: in a folder, whose names say all that is known of them, so that they outlive a restart. */
export class WhatsAppMedia {
  private readonly folder: string;

  constructor(folder?: string) {
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'llamador-sandbox-whatsapp-'));
  }

  /** @throws ProviderAnswer for what WhatsApp does not take */
  keep(phoneNumberId: string, mimeType: string, content: Buffer): StoredMedia {
    const limit = LIMITS.find(([kind]) => kind.test(mimeType))?.[1];
    if (limit === undefined) throw whatsappError(100, `Param file must be a file with one of the supported types. Received file of type '${mimeType}'.`);
    if (content.length === 0 || content.length > limit) throw whatsappError(131053, `The file has ${content.length} bytes, and one of type ${mimeType} may have 1 to ${limit}`);
    mkdirSync(this.folder, { recursive: true });
    this.prune(content.length);
    const id = `${Date.now()}${randomInt(100, 1000)}`;
    const path = join(this.folder, [id, encode(phoneNumberId), encode(mimeType)].join('.'));
    writeFileSync(path, content);
    return { id, phoneNumberId, mimeType, size: content.length, path };
  }

  find(id: string): StoredMedia | undefined {
    if (!/^\d+$/.test(id) || !existsSync(this.folder)) return undefined;
    const name = readdirSync(this.folder).find((file) => file.startsWith(`${id}.`));
    const media = name === undefined ? undefined : this.read(name);
    return media && Number(id.slice(0, 13)) > Date.now() - KEPT_MS ? media : undefined;
  }

  has(id: string, phoneNumberId: string): boolean {
    return this.find(id)?.phoneNumberId === phoneNumberId;
  }

  content({ path }: StoredMedia): Buffer {
    return readFileSync(path);
  }

  sha256({ path }: StoredMedia): string {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  }

  delete({ path }: StoredMedia): void {
    rmSync(path, { force: true });
  }

  private read(name: string): StoredMedia | undefined {
    const path = join(this.folder, name);
    const [id = '', phoneNumberId = '', mimeType = ''] = name.split('.');
    return existsSync(path) ? { id, phoneNumberId: decode(phoneNumberId), mimeType: decode(mimeType), size: statSync(path).size, path } : undefined;
  }

  private prune(coming: number): void {
    const all = readdirSync(this.folder).sort();
    let total = coming + all.reduce((sum, name) => sum + statSync(join(this.folder, name)).size, 0);
    for (const name of all) {
      if (total <= MAX_BYTES) return;
      total -= statSync(join(this.folder, name)).size;
      rmSync(join(this.folder, name));
    }
  }
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (text: string): string => Buffer.from(text, 'base64url').toString();
