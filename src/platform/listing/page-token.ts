import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Secrets } from '../config/secrets';
import { InvalidPageToken } from '../errors/platform.errors';

const MAC_BYTES = 16;

/** Page tokens: the sort keys of the last row given, opaque, tamper-evident, bound to the query that they go on with. */
@Injectable()
export class PageTokens {
  private readonly key: Buffer;

  constructor(secrets: Secrets) {
    this.key = secrets.keyFor('page-token');
  }

  /** @param query everything that must not change between pages: tenant, list, filter, search, sort */
  issue(keys: unknown[], query: string): string {
    const payload = Buffer.from(JSON.stringify(keys));
    return Buffer.concat([this.mac(payload, query), payload]).toString('base64url');
  }

  /** @throws InvalidPageToken */
  read(token: string, query: string): unknown[] {
    const bytes = Buffer.from(token, 'base64url');
    const payload = bytes.subarray(MAC_BYTES);
    const mac = bytes.subarray(0, MAC_BYTES);
    if (mac.length < MAC_BYTES || !timingSafeEqual(mac, this.mac(payload, query))) throw new InvalidPageToken();
    return JSON.parse(payload.toString()) as unknown[];
  }

  private mac(payload: Buffer, query: string): Buffer {
    return createHmac('sha256', this.key).update(query).update('\0').update(payload).digest().subarray(0, MAC_BYTES);
  }
}
