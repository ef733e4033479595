import { STATUS_CODES } from 'node:http';
import type { Twilio } from 'twilio';
import type { Connection } from '../../modules/connections';
import type { Lease } from '../../platform/queue/lease';
import { fetchOf } from '../connection-fetch';
import type { ProviderAnswer, ProviderRequest } from '../exchange';
import { twilioSdk } from './twilio-sdk';

const TIMEOUT_MS = 10_000;

/** Twilio's client for one errand: by our own fetch, at the connection's address in place of Twilio's own, without retries, and it keeps the last request and its answer as they were. */
export class TwilioSession {
  request: ProviderRequest | undefined;
  answer: ProviderAnswer | undefined;

  /** @param lease of requests that have an effect */
  constructor(
    private readonly connection: Connection,
    private readonly lease?: Lease,
  ) {}

  /** @throws where the account's sid is none */
  get client(): Twilio {
    const { baseUrl, credentials } = this.connection;
    const sdk = twilioSdk();
    const httpClient = new sdk.RequestClient();
    httpClient.request = async ({ method, uri, username, password, headers, params, data }) => {
      const { pathname, search } = new URL(uri);
      const url = `${baseUrl}${pathname}${params ? `?${formOf(params).toString()}` : search}`;
      this.request = { method: method.toUpperCase(), url, body: data };
      const response = await fetchOf(this.connection, this.lease?.guard(TIMEOUT_MS))(url, {
        method: this.request.method,
        headers: { ...(headers as Record<string, string>), Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
        body: data && formOf(data).toString(),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      this.answer = { status: response.status, statusText: STATUS_CODES[response.status] ?? '', body: jsonOf(text), retryAfter: response.headers.get('Retry-After') };
      return { statusCode: response.status, body: text as never, headers: Object.fromEntries(response.headers) };
    };
    return new sdk.Twilio(credentials.accountSid, credentials.authToken, { httpClient });
  }
}

/** A list is its name once for each of its values. */
function formOf(fields: object): URLSearchParams {
  const pairs = Object.entries(fields).flatMap(([name, value]: [string, unknown]) => (Array.isArray(value) ? value : [value]).map((each) => [name, String(each)]));
  return new URLSearchParams(pairs as [string, string][]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
