import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, type Dispatcher, request } from 'undici';
import { PrivateAddress, isPublicAddress, literalAddressOf, lookupPublic } from './public-address';

/** Whose file it is. Counts for its own scheme, host and port only, not for where it redirects to. */
export interface FileOwner {
  /** Any url of it. */
  baseUrl: string;
  /** The Authorization header: nobody else is told. */
  authorization: string;
  /** The operator named this address, so it may be a private one. */
  trusted: boolean;
}

export interface SafeFetchOptions {
  owner?: FileOwner;
  maxBytes: number;
  /** For all of it, the body included. */
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface Fetched {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  /** To be read or destroyed. Fails with TooLarge or FetchFailed. */
  body: Readable;
  finalUrl: string;
}

/** Never to be asked for again: no http url, or one that leads inside. */
export class UnsafeUrl extends Error {}

export class TooLarge extends Error {
  constructor(maxBytes: number) {
    super(`it is larger than ${maxBytes} bytes`);
  }
}

/** The network, or whoever answers there, failed; it may not next time. */
export class FetchFailed extends Error {}

const MAX_REDIRECTS = 5;
const CONNECT_TIMEOUT_MS = 5000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Gets what strangers' urls name, and nothing that only this machine can reach. Checked anew at every redirect. */
@Injectable()
export class SafeFetch implements OnApplicationShutdown {
  /** Its lookup never sees a host that is an address: those are checked before. */
  private readonly outside = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS, lookup: lookupPublic } });
  private readonly anywhere = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });

  /** @throws UnsafeUrl, TooLarge, FetchFailed; any status is an answer. */
  async get(url: string, options: SafeFetchOptions): Promise<Fetched> {
    const { owner } = options;
    const ownOrigin = owner && new URL(owner.baseUrl).origin;
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
    let at = parse(url);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await this.send(at, signal, at.origin === ownOrigin ? owner : undefined);
      const { location } = answer.headers;
      if (!REDIRECTS.has(answer.statusCode) || typeof location !== 'string') return fetched(answer, at, options.maxBytes);
      answer.body.on('error', () => undefined).destroy();
      at = parse(location, at);
    }
    throw new FetchFailed(`it redirects more than ${MAX_REDIRECTS} times`);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.outside.destroy(), this.anywhere.destroy()]);
  }

  private async send(url: URL, signal: AbortSignal, owner?: FileOwner): Promise<Dispatcher.ResponseData> {
    if (!owner?.trusted) refusePrivate(url);
    try {
      const dispatcher = owner?.trusted ? this.anywhere : this.outside;
      return await request(url, { dispatcher, signal, headers: owner ? { authorization: owner.authorization } : {} });
    } catch (error) {
      throw error instanceof PrivateAddress ? new UnsafeUrl(error.message) : failure(error);
    }
  }
}

function parse(url: string, base?: URL): URL {
  if (!URL.canParse(url, base?.href)) throw new UnsafeUrl('the url cannot be read');
  const parsed = new URL(url, base);
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') throw new UnsafeUrl(`${parsed.protocol} is neither http: nor https:`);
  return parsed;
}

function refusePrivate(url: URL): void {
  const literal = literalAddressOf(url);
  if (literal !== undefined && !isPublicAddress(literal)) throw new UnsafeUrl(new PrivateAddress(literal).message);
}

function fetched({ statusCode: status, headers, body }: Dispatcher.ResponseData, url: URL, maxBytes: number): Fetched {
  if (Number(headers['content-length']) > maxBytes) {
    body.on('error', () => undefined).destroy();
    throw new TooLarge(maxBytes);
  }
  return { status, headers, body: capped(body, maxBytes), finalUrl: url.href };
}

/** The same bytes, up to a limit; whoever stops reading ends the transfer. */
function capped(body: Readable, maxBytes: number): Readable {
  let size = 0;
  const transform = (chunk: Buffer, _: BufferEncoding, done: TransformCallback) => {
    size += chunk.length;
    if (size > maxBytes) done(new TooLarge(maxBytes));
    else done(null, chunk);
  };
  const limited = new Transform({ transform });
  body.on('error', (error) => limited.destroy(failure(error)));
  limited.on('close', () => body.destroy());
  return body.pipe(limited);
}

function failure(error: unknown): FetchFailed {
  const { name, message, code } = error as Error & { code?: string | number };
  return new FetchFailed(name === 'TimeoutError' ? 'it took too long' : typeof code === 'string' ? code : message, { cause: error });
}
