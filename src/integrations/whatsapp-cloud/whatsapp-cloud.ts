import { File } from 'node:buffer';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { FormData } from 'undici';
import {
  type ContentFault,
  type FetchedMedia,
  MediaGone,
  type MessageProvider,
  type ObjectType,
  type SendOrder,
  type SendResult,
  type Sender,
  type UploadOrder,
  type UploadResult,
} from '../../modules/messages';
import { type Connection, authorizationOf } from '../../modules/connections';
import { FetchFailed, type FileOwner, SafeFetch, UnsafeUrl } from '../../platform/http/safe-fetch';
import type { Lease } from '../../platform/queue/lease';
import { fetchOf } from '../connection-fetch';
import { type ProviderAnswer, type ProviderRequest, exchangeOf } from '../exchange';
import { objectOf, objectsOf, textOf } from '../loose-json';
import { faultsOfComponents, faultsOfObject } from './content-rules';
import { failureOf, failureOfSending } from './whatsapp-answer';
import { MEDIA_LIFETIME_MS, MEDIA_RULES, isOfMeta } from './whatsapp-media';
import { GRAPH_VERSION, messageBodyOf, phoneNumberIdOf } from './whatsapp-request';

const TIMEOUT_MS = 20_000;
/** To delete something. It is the work of a job, whose lease is short. */
const ERASE_TIMEOUT_MS = 10_000;
/** A file of 100 MB over a slow line. */
const UPLOAD_TIMEOUT_MS = 120_000;

/** Messages by WhatsApp's Cloud API. There is no SDK that its maker keeps: these are three requests. */
@Injectable()
export class WhatsAppCloud implements MessageProvider {
  readonly name = 'whatsapp';
  readonly media = MEDIA_RULES;
  readonly mediaLifetimeMs = MEDIA_LIFETIME_MS;

  constructor(private readonly safeFetch: SafeFetch) {}

  faultsOfObject(type: ObjectType, object: unknown): ContentFault[] {
    return faultsOfObject(type, object);
  }

  faultsOfComponents(components: unknown[]): ContentFault[] {
    return faultsOfComponents(components);
  }

  async send(connection: Connection, order: SendOrder, lease: Lease): Promise<SendResult> {
    const request = { method: 'POST', url: urlOf(connection, `${phoneNumberIdOf(order.from)}/messages`), body: messageBodyOf(order) };
    try {
      const answer = await send(connection, request, JSON.stringify(request.body), TIMEOUT_MS, lease.guard(TIMEOUT_MS), { 'Content-Type': 'application/json' });
      const { messages, contacts } = objectOf(answer.body);
      const [message, contact] = [objectsOf(messages)[0], objectsOf(contacts)[0]];
      const providerId = textOf(message?.id);
      if (!isSuccess(answer) || providerId === undefined) return failureOf(request, answer, order.media !== undefined);
      return { exchange: exchangeOf(request, answer), kind: 'accepted', providerId, waId: textOf(contact?.wa_id) };
    } catch (error) {
      return failureOfSending(request, error);
    }
  }

  async upload(connection: Connection, { from, fileName, contentType, size, content }: UploadOrder, lease: Lease): Promise<UploadResult> {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('type', contentType);
    form.set('file', streamedFile(content, size, fileName, contentType));
    const request = { method: 'POST', url: urlOf(connection, `${phoneNumberIdOf(from)}/media`), body: { messaging_product: 'whatsapp', type: contentType, file: { fileName, size } } };
    try {
      // It may go on for longer than the lease: a file that is there twice harms nobody.
      const answer = await send(connection, request, form, UPLOAD_TIMEOUT_MS, lease.guard(TIMEOUT_MS));
      const mediaId = textOf(objectOf(answer.body).id);
      if (isSuccess(answer) && mediaId !== undefined) return { exchange: exchangeOf(request, answer), kind: 'accepted', mediaId };
      return failureOf(request, answer, false) as UploadResult;
    } catch (error) {
      return failureOfSending(request, error) as UploadResult;
    }
  }

  async download(connection: Connection, { id, from }: { id: string; from: Sender }, maxBytes: number): Promise<FetchedMedia> {
    const owner = { baseUrl: connection.baseUrl, authorization: authorizationOf(connection), trusted: connection.trusted };
    const about = await this.jsonOf(urlOf(connection, `${encodeURIComponent(id)}?phone_number_id=${phoneNumberIdOf(from)}`), owner);
    const url = textOf(about.url);
    if (url === undefined || !URL.canParse(url)) throw new MediaGone('WhatsApp gives no url of it');
    const at = new URL(url);
    const isOurs = at.origin === new URL(connection.baseUrl).origin;
    if (!isOurs && !isOfMeta(at)) throw new MediaGone(`its url is at ${at.host}, which is not WhatsApp's`);
    const { status, body } = await this.get(url, isOurs ? owner : { ...owner, baseUrl: at.origin, trusted: false }, maxBytes);
    if (status === 200) return { content: body, contentType: textOf(about.mime_type) };
    body.on('error', () => undefined).destroy();
    throw refusedBy(status);
  }

  async erase(connection: Connection, mediaId: string, lease: Lease): Promise<void> {
    const { status } = await send(connection, { method: 'DELETE', url: urlOf(connection, encodeURIComponent(mediaId)) }, undefined, ERASE_TIMEOUT_MS, lease.guard(ERASE_TIMEOUT_MS));
    // Of what it does not have any more it says 400 as well as 404.
    if (status >= 500 || MAY_COME_YET.has(status)) throw new Error(`WhatsApp answered ${status} to the request to delete media ${mediaId}.`);
  }

  private async jsonOf(url: string, owner: FileOwner): Promise<Record<string, unknown>> {
    const { status, body } = await this.get(url, owner, 64 * 1024);
    const chunks: Buffer[] = [];
    for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
    if (status !== 200) throw refusedBy(status);
    return objectOf(parsed(Buffer.concat(chunks).toString('utf8')));
  }

  private async get(url: string, owner: FileOwner, maxBytes: number) {
    try {
      return await this.safeFetch.get(url, { owner, maxBytes, timeoutMs: UPLOAD_TIMEOUT_MS });
    } catch (error) {
      throw error instanceof UnsafeUrl ? new MediaGone(error.message) : error;
    }
  }
}

const urlOf = ({ baseUrl }: Connection, path: string): string => `${baseUrl}/${GRAPH_VERSION}/${path}`;

const isSuccess = ({ status }: ProviderAnswer): boolean => status >= 200 && status < 300;

async function send(
  connection: Connection,
  { method, url }: Pick<ProviderRequest, 'method' | 'url'>,
  body: string | FormData | undefined,
  timeoutMs: number,
  guard: () => void,
  headers: Record<string, string> = {},
): Promise<ProviderAnswer> {
  const response = await fetchOf(connection, guard)(url, {
    method,
    headers: { ...headers, Authorization: authorizationOf(connection) },
    body: body as string,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  return { status: response.status, statusText: response.statusText, body: parsed(text), retryAfter: response.headers.get('Retry-After') };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A file that is read while it is sent, and never held. */
function streamedFile(content: Readable, size: number, name: string, type: string): File {
  const file = new File([], name, { type });
  return Object.defineProperties(file, { size: { value: size }, stream: { value: () => Readable.toWeb(content) } });
}

const MAY_COME_YET = new Set([401, 403, 408, 429]);

/** Of a file that is not there, asking again brings nothing; a token can be mended. */
const refusedBy = (status: number): Error =>
  status >= 400 && status < 500 && !MAY_COME_YET.has(status) ? new MediaGone(`WhatsApp does not have it any more (HTTP ${status})`) : new FetchFailed(`WhatsApp answered ${status}`);
