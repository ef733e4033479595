import { createHmac, timingSafeEqual } from 'node:crypto';
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
  check(tenantId: number, path: string, { expires, signature }: SignedLinkDto): void {
    const given = Buffer.from(signature, 'base64url');
    const right = this.sign(tenantId, path, expires);
    if (given.length !== right.length || !timingSafeEqual(given, right) || Number(expires) <= now()) throw new LinkExpired();
  }

  private sign(tenantId: number, path: string, expires: string): Buffer {
    return createHmac('sha256', this.secrets.keyFor('signed links')).update(`${tenantId} ${path} ${expires}`).digest();
  }
}

const now = (): number => Math.floor(Date.now() / 1000);
