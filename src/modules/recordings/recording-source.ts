import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Secrets } from '../../platform/config/secrets';

/** Urls of recordings as they are kept: they carry signatures, with which anybody could listen. */
@Injectable()
export class RecordingSource {
  constructor(private readonly secrets: Secrets) {}

  /** By which the same url is found again, and nobody reads it. */
  hash(url: string): string {
    return createHmac('sha256', this.secrets.keyFor('recording urls')).update(url).digest('hex');
  }

  seal(tenantId: number, url: string): string {
    return this.secrets.seal(`recordings.source ${tenantId}`, url);
  }

  open(tenantId: number, sealed: string): string {
    return this.secrets.open(`recordings.source ${tenantId}`, sealed);
  }
}
