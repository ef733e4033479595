import { Injectable } from '@nestjs/common';
import type * as VapiSdk from '@vapi-ai/server-sdk';
import type { CallProvider, CallReport, DialOrder, DialResult, SoughtAttempt } from '../../modules/calls';
import type { Connection } from '../../modules/connections';
import type { Lease } from '../../platform/queue/lease';
import { fetchOf } from '../connection-fetch';
import { outcomeOf, outcomeOfFailure, unasked } from '../dial-outcome';
import type { ProviderAnswer } from '../exchange';
import { type LooseObject, instantOf, isObject, numberOf, objectOf } from '../loose-json';
import { VAPI_REASONS } from './vapi-reasons';
import { reportOfCall } from './vapi-report';
import { type VapiOrder, createCallOf } from './vapi-request';

const TIMEOUT_MS = 10_000;
const MAX_LISTED = 1000;
/** So far, by Vapi's clock, a call may have been made before we dialed it. Ours are known by their metadata: it only keeps the list short. */
const MADE_BEFORE_MS = 10 * 60_000;

/** Voice agents by Vapi. */
@Injectable()
export class VapiCalls implements CallProvider {
  readonly name = 'vapi';
  readonly defaultLimit = 10;
  readonly paceMs = 0;
  readonly poll = { firstMs: 20_000, everyMs: 30_000 };
  readonly reasons = VAPI_REASONS;

  async dial(connection: Connection, order: DialOrder, lease: Lease): Promise<DialResult> {
    if (!isForVapi(order)) return unasked('refused', 'Vapi makes no bridge calls: connect Twilio for them.');
    const body = createCallOf(connection, order);
    const request = { method: 'POST', url: `${connection.baseUrl}/call`, body };
    try {
      const { data, rawResponse } = await clientOf(connection, lease.guard(TIMEOUT_MS)).calls.create(body, withinTime()).withRawResponse();
      return withLimit(outcomeOf(request, answerOf(rawResponse, data), reportOfCall(data, connection.baseUrl)), data);
    } catch (error) {
      const { VapiError } = sdk();
      if (!(error instanceof VapiError) || error.statusCode === undefined || !error.rawResponse) return outcomeOfFailure(request, error);
      return withLimit(outcomeOf(request, answerOf(error.rawResponse, error.body), undefined), error.body);
    }
  }

  async find(connection: Connection, sought: SoughtAttempt): Promise<CallReport | undefined> {
    const createdAtGe = new Date(sought.dialedAt.getTime() - MADE_BEFORE_MS).toISOString();
    // The newest come first, and any number of calls may have been made since.
    for (let createdAtLe: string | undefined; ;) {
      const phoneNumberId = sought.from.providerId ?? sought.from.number;
      const calls: unknown = await clientOf(connection).calls.list({ phoneNumberId, createdAtGe, createdAtLe, limit: MAX_LISTED }, withinTime());
      if (!Array.isArray(calls)) throw new Error('Vapi answered its list of calls with something else.');
      const call: unknown = calls.find((each) => isSought(objectOf(each), sought));
      if (call !== undefined || calls.length < MAX_LISTED) return reportOfCall(call, connection.baseUrl);
      const oldest = instantOf(objectOf(calls.at(-1)).createdAt);
      if (oldest === undefined || oldest === createdAtLe) throw new Error('Vapi lists no more calls, and may have more.');
      createdAtLe = oldest;
    }
  }

  async get(connection: Connection, providerId: string): Promise<CallReport | undefined> {
    return reportOfCall(await this.read(connection, providerId), connection.baseUrl);
  }

  async hangUp(connection: Connection, { providerId, controlUrl }: { providerId: string; controlUrl: string | null }, lease: Lease): Promise<void> {
    const report = controlUrl === null ? await this.get(connection, providerId) : undefined;
    const url = controlUrl ?? report?.controlUrl;
    if (report?.phase === 'ended') return;
    if (url === undefined || !isControlUrl(url, connection)) throw new Error(`Vapi gave no url by which call ${providerId} can be ended.`);
    const response = await fetchOf(connection, lease.guard(TIMEOUT_MS))(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ type: 'end-call' }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // 404: the call is over already.
    if (!response.ok && response.status !== 404) throw new Error(`Vapi answered ${response.status} to the request to end call ${providerId}.`);
  }

  async erase(connection: Connection, providerId: string, lease: Lease): Promise<void> {
    try {
      await clientOf(connection, lease.guard(TIMEOUT_MS)).calls.delete({ id: providerId }, withinTime());
    } catch (error) {
      if (!(error instanceof sdk().VapiError) || error.statusCode !== 404) throw error;
    }
  }

  private async read(connection: Connection, id: string): Promise<unknown> {
    try {
      return await clientOf(connection).calls.get({ id }, withinTime());
    } catch (error) {
      if (error instanceof sdk().VapiError && error.statusCode === 404) return undefined;
      throw error;
    }
  }
}

/** 210 ms and 47 MB: only for those who call. */
// eslint-disable-next-line @typescript-eslint/no-require-imports
const sdk = (): typeof VapiSdk => require('@vapi-ai/server-sdk') as typeof VapiSdk;

/** For one request: an SDK's client is an object of options, and no more. */
function clientOf(connection: Connection, guard?: () => void): VapiSdk.VapiClient {
  const { baseUrl, credentials } = connection;
  return new (sdk().VapiClient)({ token: credentials.apiKey ?? '', baseUrl, timeoutInSeconds: TIMEOUT_MS / 1000, maxRetries: 0, fetch: fetchOf(connection, guard) });
}

/** The SDK's own timeout ends with the headers; a body may hang, too. */
const withinTime = () => ({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) });

const isForVapi = (order: DialOrder): order is VapiOrder => order.work.kind !== 'bridge';

const answerOf = ({ status, statusText, headers }: Pick<Response, 'status' | 'statusText'> & { headers: { get(name: string): string | null } }, body: unknown): ProviderAnswer => ({
  status,
  statusText,
  body,
  retryAfter: headers.get('Retry-After'),
});

/** Two installations may share an account, and their calls an id; hardly a number since the same time as well. */
function isSought(call: LooseObject, { callId, attempt, to }: SoughtAttempt): boolean {
  const { number, externalId } = objectOf(call.customer);
  const metadata = objectOf(objectOf(call.assistantOverrides).metadata);
  if (number !== to) return false;
  return metadata.callId === undefined ? externalId === String(callId) : metadata.callId === callId && metadata.attempt === attempt;
}

/** Vapi says with each answer how many calls may go on at once, and by this alone that there is no line: its text may change. */
function withLimit(result: DialResult, body: unknown): DialResult {
  const { concurrencyBlocked, concurrencyLimit } = objectOf(isObject(body) ? body.subscriptionLimits : undefined);
  const limit = numberOf(concurrencyLimit);
  const told = limit !== undefined && limit >= 1 ? { limit: Math.floor(limit) } : {};
  if (result.kind === 'refused' && concurrencyBlocked === true) return { exchange: result.exchange, kind: 'no-line', ...told };
  return { ...result, ...told };
}

/** A provider's word is not enough to have the server call anywhere it says. */
function isControlUrl(text: string, { baseUrl }: Connection): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && (url.origin === new URL(baseUrl).origin || (url.protocol === 'https:' && url.hostname.endsWith('.vapi.ai')));
}
