import { RequestMethod } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ErrorFilter, errorBody } from './platform/errors/error.filter';
import { toApiError } from './platform/errors/error-mapping';
import { registerJsonBody } from './platform/http/json-body';
import { buildOpenApi } from './platform/http/openapi';
import { RouteTable } from './platform/http/route-table';

const MEBIBYTE = 1024 * 1024;
/** Of bulk routes, which say `@RouteConfig({ bulk: true })`. */
const BULK_BODY_LIMIT = 20_000_000;
const SANE_REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

const requestIdOf = (header: string | string[] | undefined): string => (typeof header === 'string' && SANE_REQUEST_ID.test(header) ? header : randomUUID());

export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MEBIBYTE,
    // Slow clients: a request has 30 s to arrive, and its headers 10.
    requestTimeout: 30_000,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000 },
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    return503OnClosing: true,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const shown = toApiError(error, request);
      void reply.status(shown.getStatus()).header('X-Request-Id', request.id).send(errorBody(shown, request.id));
    },
    clientErrorHandler: answerUnparsable,
  });
}

/** Everything between the socket and the modules: called by main.ts and by the tests, so that they cannot drift. */
export function configureApp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const routes = new RouteTable(fastify);
  fastify.addHook('onRoute', (route) => {
    if ((route.config as { bulk?: boolean } | undefined)?.bulk) route.bodyLimit = BULK_BODY_LIMIT;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id).header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff');
    done();
  });
  registerJsonBody(fastify);
  app.setGlobalPrefix('api/v1', { exclude: ['livez', 'readyz', 'docs', 'openapi.json'].map((path) => ({ path, method: RequestMethod.GET })) });
  app.useGlobalFilters(new ErrorFilter(routes.methodsOf));
  app.enableShutdownHooks();
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'Llamador API' });
}

/** What is not even HTTP never reaches a route; it is answered in the shape of all errors, and the socket closed. */
function answerUnparsable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, title] = error.code === 'HPE_HEADER_OVERFLOW' ? [431, 'Request Header Fields Too Large'] : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? [408, 'Request Timeout'] : [400, 'Bad Request'];
  const body = JSON.stringify({ code: status, error: 'INVALID_REQUEST', message: `${title}: this is not a request that HTTP allows.`, details: { requestId: randomUUID() } });
  socket.end(`HTTP/1.1 ${status} ${title}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}
