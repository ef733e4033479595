import { STATUS_CODES } from 'node:http';
import type { Twilio } from 'twilio';
import type { Connection } from '../../modules/connections';
import { refusePrivateHost } from '../../platform/http/public-address';
import type { ProviderAnswer, ProviderRequest } from '../exchange';
import { textOf } from '../loose-json';
import { twilioSdk } from './twilio-sdk';

const TIMEOUT_MS = 10_000;

/** Twilio's client for one errand: at the connection's address in place of Twilio's own, without retries, and it keeps the last request and its answer as they were. */
export class TwilioSession {
  request: ProviderRequest | undefined;
  answer: ProviderAnswer | undefined;

  constructor(private readonly connection: Connection) {}

  /** @throws where the account's sid is none */
  get client(): Twilio {
    const { baseUrl, credentials, trusted } = this.connection;
    const sdk = twilioSdk();
    const httpClient = new sdk.RequestClient({ timeout: TIMEOUT_MS });
    const send = httpClient.request.bind(httpClient);
    httpClient.request = async (options) => {
      const { pathname, search } = new URL(options.uri);
      const uri = `${baseUrl}${pathname}${search}`;
      this.request = { method: options.method.toUpperCase(), url: uri, body: options.data };
      if (!trusted) await refusePrivateHost(new URL(uri));
      const response = await send({ ...options, uri });
      const { 'retry-after': retryAfter } = response.headers as Record<string, unknown>;
      this.answer = { status: response.statusCode, statusText: STATUS_CODES[response.statusCode] ?? '', body: response.body, retryAfter: textOf(retryAfter) ?? null };
      return response;
    };
    return new sdk.Twilio(credentials.accountSid, credentials.authToken, { httpClient });
  }
}
