import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorBody } from '../errors/error.filter';
import { toApiError } from '../errors/error-mapping';

const MEBIBYTE = 1024 * 1024;
const SANE_REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

const requestIdOf = (header: string | string[] | undefined): string => (typeof header === 'string' && SANE_REQUEST_ID.test(header) ? header : randomUUID());

/** The server as it meets the network: limits on size and patience, request ids, and answers to what no route ever sees. */
export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MEBIBYTE,
    // Slow clients: a request has 30 s to arrive, and its headers 10.
    requestTimeout: 30_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
    // Longer than a proxy keeps its connections: it must be the one to close them.
    keepAliveTimeout: 72_000,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    // What arrives on an open connection while the server closes is still answered, and the connection closed after it.
    return503OnClosing: false,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const shown = toApiError(error, request);
      void reply.status(shown.getStatus()).header('X-Request-Id', request.id).send(errorBody(shown, request.id));
    },
    clientErrorHandler: answerUnparsable,
  });
}

const UNPARSABLE: Record<string, [status: number, title: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

/** What is not even HTTP is answered in the shape of all errors, and its socket closed. */
function answerUnparsable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, title] = UNPARSABLE[error.code ?? ''] ?? [400, 'Bad Request'];
  const requestId = randomUUID();
  const body = JSON.stringify({ code: status, error: 'INVALID_REQUEST', message: `${title}: this is not a request that HTTP allows.`, details: { requestId } });
  const headers = ['Content-Type: application/json; charset=utf-8', `Content-Length: ${Buffer.byteLength(body)}`, `X-Request-Id: ${requestId}`, 'Connection: close'];
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}
