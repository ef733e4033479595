import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { Secrets } from '../config/secrets';
import { ForbiddenError } from '../errors/api-error';
import { ServerAddress } from './server-address';

const LIFETIME_SECONDS = 15 * 60;

/** As they stand in a signed url. */
export class SignedLinkDto {
  @IsOptional()
  @IsString()
  @MaxLength(20)
  expires = '';

  @IsOptional()
  @IsString()
  @MaxLength(100)
  signature = '';
}

/** The link is too old, or is not as it was given. */
export class LinkExpired extends ForbiddenError {
  static readonly code = 'LINK_EXPIRED';
  constructor() {
    super('This link is not, or no longer, good. Ask again for what it belongs to: each answer has a new one.');
  }
}

/** JSON whose links have been taken out. */
export interface Linkless {
  json: string;
  /** The path of each link, by what stands in its place; null where there is none. */
  paths: Record<string, string> | null;
}

/** A text of JSON that looks as urlOf writes it. Whether it is one, its signature proves. */
const LOOKS_SIGNED = /"([^"\\]+)\?expires=(\d{1,20})&signature=([\w-]{1,100})"/g;

/** Links that open without a key, for a while: players and browsers send none. */
@Injectable()
export class SignedLinks {
  constructor(
    private readonly secrets: Secrets,
    private readonly address: ServerAddress,
  ) {}

  /** @param path below /api/v1, as `/files/file_1/content`; unsigned, it is the url that never opens */
  unsignedUrlOf(path: string): string {
    return `${this.address.publicUrl}/api/v1${path}`;
  }

  urlOf(tenantId: number, path: string): string {
    const expires = String(now() + LIFETIME_SECONDS);
    return `${this.unsignedUrlOf(path)}?expires=${expires}&signature=${this.sign(tenantId, path, expires).toString('base64url')}`;
  }

  /** @throws LinkExpired */
  check(tenantId: number, path: string, link: SignedLinkDto): void {
    if (!this.isGood(tenantId, path, link)) throw new LinkExpired();
  }

  /** What is kept of an answer must open nothing: the JSON without its links. Nobody has to say where they are, so none is forgotten. */
  takeOut(tenantId: number, json: string): Linkless {
    const root = this.unsignedUrlOf('');
    const paths: Record<string, string> = {};
    const linkless = json.replace(LOOKS_SIGNED, (text, url: string, expires: string, signature: string) => {
      const path = url.slice(root.length);
      if (!url.startsWith(root) || !this.isGood(tenantId, path, { expires, signature })) return text;
      const place = randomUUID(); // nothing that anybody wrote is taken for it
      paths[place] = path;
      return `"${place}"`;
    });
    return { json: linkless, paths: linkless === json ? null : paths };
  }

  /** The JSON with new links in the places of the old ones. */
  putIn(tenantId: number, { json, paths }: Linkless): string {
    return Object.entries(paths ?? {}).reduce((text, [place, path]) => text.replace(place, () => this.urlOf(tenantId, path)), json);
  }

  private isGood(tenantId: number, path: string, { expires, signature }: SignedLinkDto): boolean {
    const given = Buffer.from(signature, 'base64url');
    const right = this.sign(tenantId, path, expires);
    return given.length === right.length && timingSafeEqual(given, right) && Number(expires) > now();
  }

  private sign(tenantId: number, path: string, expires: string): Buffer {
    return createHmac('sha256', this.secrets.keyFor('signed links')).update(`${tenantId} ${path} ${expires}`).digest();
  }
}

const now = (): number => Math.floor(Date.now() / 1000);
