import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorBody } from '../errors/error.filter';
import { toApiError } from '../errors/error-mapping';
import { answerUnparsable } from './unparsable';

const MEBIBYTE = 1024 * 1024;
/** For 2 GB over a line of 2 Mbit/s. */
const FORM_TIMEOUT_MS = 3 * 3600 * 1000;
const SANE_REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

const requestIdOf = (header: string | string[] | undefined): string => (typeof header === 'string' && SANE_REQUEST_ID.test(header) ? header : randomUUID());

/** The server as it meets the network: limits on size and patience, request ids, and answers to what no route ever sees. */
export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MEBIBYTE,
    // Slow clients: headers have 10 s to arrive, bodies 30, forms as long as they keep coming (unparsable.ts).
    requestTimeout: FORM_TIMEOUT_MS,
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
