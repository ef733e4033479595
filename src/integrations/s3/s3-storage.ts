import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../../platform/config/config';
import { StorageFull } from '../../platform/errors/platform.errors';
import { type ByteRange, FileMissing, Storage } from '../../platform/storage/storage';
import { checkedKey } from '../../platform/storage/storage-key';

/** No object has this key; whether it may be asked for tells whether the bucket and the credentials are right. */
const PROBE = 'installation-id';
/** Those who may not list a bucket are told so in place of 'no such object'. */
const REACHABLE = new Set(['NoSuchKey', 'AccessDenied']);
const PROBE_MS = 10_000;
/** A store that says nothing for so long is asked again on another connection, twice. */
const SILENCE_MS = 30_000;
const INSUFFICIENT_STORAGE = 507;

type S3Settings = Pick<Config, 'S3_ENDPOINT' | 'S3_REGION' | 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY'>;

/** Files in a bucket, at Amazon or wherever S3_ENDPOINT is. Without keys, the machine's own role speaks for it. */
export class S3Storage extends Storage implements OnApplicationShutdown {
  private readonly client: S3Client;
  private readonly endpoint: string;

  constructor(
    private readonly bucket: string,
    settings: S3Settings,
    silenceMs = SILENCE_MS,
  ) {
    super();
    const { S3_ENDPOINT: endpoint, S3_REGION: region, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
    this.endpoint = endpoint ?? 'amazon';
    this.client = new S3Client({
      region,
      requestHandler: { connectionTimeout: Math.min(3000, silenceMs), socketTimeout: silenceMs },
      ...(endpoint && { endpoint, forcePathStyle: true }),
      ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
      // Stores that are not Amazon's stumble over checksums that they did not ask for.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  /** In parts where it is long; a bucket shows an object only once it is complete. */
  async write(key: string, content: Readable): Promise<number> {
    let size = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        size += chunk.length;
        yield chunk;
      }
    }
    try {
      await new Upload({ client: this.client, params: { Bucket: this.bucket, Key: checkedKey(key), Body: Readable.from(counted()) } }).done();
      return size;
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === INSUFFICIENT_STORAGE) throw new StorageFull();
      throw content.errored ?? error; // where cleaning up fails as well, that is all that Amazon's SDK tells
    } finally {
      content.destroy();
    }
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: checkedKey(key), Range }));
      return Body as Readable;
    } catch (error) {
      throw error instanceof NoSuchKey ? new FileMissing(key) : error;
    }
  }

  async delete(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: checkedKey(key) }));
  }

  async identify(): Promise<string> {
    try {
      await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: PROBE }), { abortSignal: AbortSignal.timeout(PROBE_MS) });
    } catch (error) {
      const { name, message } = error as Error;
      if (!REACHABLE.has(name))
        throw new Error(`the bucket ${this.bucket} (S3_BUCKET) answers ${name}: ${message}. Look at S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY`);
    }
    return `${this.endpoint} ${this.bucket}`;
  }

  /** A bucket shows no object that is not complete; what remains of it goes by a rule of the bucket's (AbortIncompleteMultipartUpload). */
  async sweep(): Promise<void> {}

  onApplicationShutdown(): void {
    this.client.destroy();
  }
}
