import fastify, { type FastifyInstance } from 'fastify';
import { Config } from '../../../src/platform/config/config';
import { sandboxCredentials } from '../../../src/platform/config/sandbox-credentials';
import { Secrets } from '../../../src/platform/config/secrets';
import { type SandboxOptions, registerSandbox } from '../../../src/sandbox/sandbox';

export const CREDENTIALS = sandboxCredentials(new Secrets(Object.assign(new Config(), { ENCRYPTION_KEY: 'k'.repeat(32) })));

/** A request that came to the listener. */
export interface Heard {
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown>;
}

/** What the tests look at in the answers of the three. */
export interface Body {
  id: string;
  sid: string;
  status: string;
  code: number;
  message: string | string[];
  createdAt: string;
  startedAt: string;
  endedAt: string;
  endedReason: string;
  customer: { number: string };
  subscriptionLimits: { remainingConcurrentCalls: number };
  monitor: { controlUrl: string };
  artifact?: { recordingUrl: string };
  recordingUrl: string;
  queue_time: string;
  next_page_uri: string;
  calls: Body[];
  recordings: Body[];
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
  /** The body, where it is a list. */
  list: Body[];
  /** The body, where it is no JSON. */
  bytes: Buffer;
}

const ADDRESS = { host: '127.0.0.1', port: 0 };

/** The sandbox on a server of its own, and in the product's place a listener that keeps what it is told. */
export class Stage {
  private constructor(
    private readonly sandbox: FastifyInstance,
    private readonly listener: FastifyInstance,
    readonly heard: Heard[],
    /** <url>/vapi and so on. */
    readonly url: string,
    readonly listenerUrl: string,
  ) {}

  /** @param answer what the listener answers: 200 unless given */
  static async open(options: Partial<SandboxOptions> = {}, answer: (heard: Heard) => { status: number; body: string } = () => ({ status: 200, body: '' })): Promise<Stage> {
    const heard: Heard[] = [];
    const listener = fastify();
    listener.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body: string, done) => done(null, Object.fromEntries(new URLSearchParams(body))));
    listener.all('/*', async (request, reply) => {
      const said = { url: request.url, headers: request.headers, body: request.body as Record<string, unknown> };
      heard.push(said);
      const { status, body } = answer(said);
      return reply.status(status).type('text/xml').send(body);
    });
    const listenerUrl = await listener.listen(ADDRESS);
    const { sandbox, url } = await play(options);
    return new Stage(sandbox, listener, heard, url, listenerUrl);
  }

  /** Another sandbox for the same listener, once the first is killed. */
  async reopen(options: Partial<SandboxOptions>): Promise<Stage> {
    const { sandbox, url } = await play(options);
    return new Stage(sandbox, this.listener, this.heard, url, this.listenerUrl);
  }

  /** A sandbox that closes writes nothing more into its journal: to the next one it was killed. */
  async kill(): Promise<void> {
    await this.sandbox.close();
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await this.listener.close();
  }

  vapi(method: string, path: string, body?: unknown, apiKey: string = CREDENTIALS.vapi.apiKey): Promise<Answer> {
    return this.send(method, `${this.url}/vapi${path}`, { authorization: `Bearer ${apiKey}` }, body);
  }

  twilio(method: string, path: string, form?: Record<string, string | string[]>, authToken: string = CREDENTIALS.twilio.authToken): Promise<Answer> {
    const { accountSid } = CREDENTIALS.twilio;
    const fields = new URLSearchParams(Object.entries(form ?? {}).flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value])));
    return this.send(method, `${this.url}/twilio/2010-04-01/Accounts/${accountSid}${path}`, basic(accountSid, authToken), form && fields);
  }

  elemente(method: string, path: string, body?: unknown, password: string = CREDENTIALS.elemente.password): Promise<Answer> {
    return this.send(method, `${this.url}/elemente/api/v1${path}`, basic(CREDENTIALS.elemente.username, password), body);
  }

  async send(method: string, url: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
    const isForm = body instanceof URLSearchParams;
    const payload = body === undefined || isForm ? body : JSON.stringify(body);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(body !== undefined && !isForm && { 'content-type': 'application/json' }) },
      body: payload,
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const json: unknown = response.headers.get('content-type')?.includes('json') ? JSON.parse(bytes.toString('utf8')) : undefined;
    return { status: response.status, headers: response.headers, body: json as Body, list: json as Body[], bytes };
  }
}

const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });

async function play(options: Partial<SandboxOptions>): Promise<{ sandbox: FastifyInstance; url: string }> {
  const sandbox = fastify();
  registerSandbox(sandbox, { credentials: CREDENTIALS, speed: 50, ...options });
  return { sandbox, url: `${await sandbox.listen(ADDRESS)}/sandbox` };
}
