import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LoopbackServer } from '../../support/loopback-server';

export interface GraphRequest {
  path: string;
  authorization: string | undefined;
  body: Record<string, unknown> & { to?: string; type?: string; text?: { body: string }; biz_opaque_callback_data?: string };
  raw: Buffer;
}

export type GraphAnswer = { status?: number; body?: unknown; headers?: Record<string, string> } | 'reset' | 'hang';

export const accepted = (): GraphAnswer => ({ body: { messaging_product: 'whatsapp', contacts: [{ input: 'x', wa_id: '5215512345678' }], messages: [{ id: `wamid.${Math.random()}` }] } });

export const refused = (code: number, status = 400, headers: Record<string, string> = {}): GraphAnswer => ({
  status,
  headers,
  body: { error: { message: `(#${code}) no`, type: 'OAuthException', code, error_data: { messaging_product: 'whatsapp', details: `details of ${code}` }, fbtrace_id: 'x' } },
});

/** The Graph API as a test wants it: what it is asked is kept, what it answers is said. */
export class Graph {
  readonly messages: GraphRequest[] = [];
  readonly uploads: GraphRequest[] = [];
  onMessage: (request: GraphRequest) => GraphAnswer | Promise<GraphAnswer> = accepted;
  onUpload: (request: GraphRequest) => GraphAnswer | Promise<GraphAnswer> = () => ({ body: { id: `media-${this.uploads.length}` } });

  constructor(server: LoopbackServer) {
    server.answer((request, response) => void this.answer(request, response));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const isUpload = request.url?.endsWith('/media') ?? false;
    const asked: GraphRequest = { path: request.url ?? '', authorization: request.headers.authorization, body: isUpload ? {} : (JSON.parse(raw.toString() || '{}') as GraphRequest['body']), raw };
    (isUpload ? this.uploads : this.messages).push(asked);
    const answer = await (isUpload ? this.onUpload(asked) : this.onMessage(asked));
    if (answer === 'reset') return void request.socket.destroy();
    if (answer === 'hang') return;
    const { status = 200, body, headers = {} } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}
