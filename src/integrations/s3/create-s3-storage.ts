import type { Config } from '../../platform/config/config';
import type { Storage } from '../../platform/storage/storage';

/** For StorageModule.forRoot: files go into the bucket where one is named. */
export function createS3Storage(config: Config): Storage | undefined {
  if (!config.S3_BUCKET) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- Amazon's SDK takes 120 ms to load, and most have no bucket
  const { S3Storage } = require('./s3-storage') as typeof import('./s3-storage');
  return new S3Storage(config.S3_BUCKET, config);
}
