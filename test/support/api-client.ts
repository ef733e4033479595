import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { checkAgainstOpenApi } from './openapi-check';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD' | 'OPTIONS';
export type Query = Record<string, string | number | boolean | undefined>;

export interface Answer<T> {
  /** `POST /api/v1/contacts`, for messages. */
  request: string;
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  body: T;
  /** What the app logged where it failed. */
  cause: unknown;
}

export interface ErrorBody {
  code: number;
  error: string;
  message: string;
  details: { requestId: string; fields?: { path: string; code: string; message: string }[]; [name: string]: unknown };
}

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  /** In place of a body: sent as it is. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
}

const PREFIX = '/api/v1';

/** Speaks HTTP to the app without a socket. Every answer is held against openapi.json. */
export class ApiClient {
  constructor(
    private readonly app: NestFastifyApplication,
    readonly key: string | undefined,
    private readonly lastFailure: () => unknown,
  ) {}

  get<T>(path: string, query?: Query): Promise<Answer<T>> {
    return this.send('GET', path, { query });
  }

  post<T>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>> {
    return this.send('POST', path, { body, headers });
  }

  put<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.send('PUT', path, { body });
  }

  delete<T>(path: string, query?: Query): Promise<Answer<T>> {
    return this.send('DELETE', path, { query });
  }

  /** @param path below /api/v1, or a whole one that begins with it, or one outside of it with a leading `//` */
  async send<T>(method: Method, path: string, { query, body, raw, headers }: RequestOptions = {}): Promise<Answer<T>> {
    const whole = path.startsWith('//') ? path.slice(1) : path.startsWith(PREFIX) ? path : PREFIX + path;
    const url = `${whole}${queryString(query)}`;
    const hasBody = raw !== undefined || body !== undefined;
    const response = await this.app.inject({
      method,
      url,
      headers: {
        ...(this.key && { authorization: `Bearer ${this.key}` }),
        ...(hasBody && { 'content-type': 'application/json' }),
        ...headers,
      },
      payload: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const isJson = /json/.test(String(response.headers['content-type'])) && response.payload !== '';
    const answer: Answer<T> = {
      request: `${method} ${url}`,
      status: response.statusCode,
      headers: response.headers,
      body: (isJson ? JSON.parse(response.payload) : response.payload) as T,
      cause: response.statusCode >= 500 ? this.lastFailure() : undefined,
    };
    checkAgainstOpenApi(method, url, answer);
    return answer;
  }
}

function queryString(query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}
