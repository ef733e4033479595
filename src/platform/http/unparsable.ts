import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const MAX_BODY_MS = 30_000;

const UNPARSABLE: Record<string, [status: number, title: string, advice: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'send fewer or shorter ones.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'it did not arrive in time. Send it again.'],
};

/** What is not even HTTP is answered in the shape of all errors, and its socket closed. */
export function answerUnparsable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, title, advice] = UNPARSABLE[error.code ?? ''] ?? [400, 'Bad Request', 'this is not a request that HTTP allows.'];
  const requestId = randomUUID();
  const body = JSON.stringify({ code: status, error: 'INVALID_REQUEST', message: `${title}: ${advice}`, details: { requestId } });
  const headers = ['Content-Type: application/json; charset=utf-8', `Content-Length: ${Buffer.byteLength(body)}`, `X-Request-Id: ${requestId}`, 'Connection: close'];
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}

/** A body has 30 s to arrive; a form, whose file may take hours, for each piece of it. What takes longer is answered 408 and its socket closed. */
export function limitBodyTime(fastify: FastifyInstance, maxMs = MAX_BODY_MS): void {
  fastify.addHook('onRequest', ({ raw, routeOptions }, _, done) => {
    const hasBody = raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length']) > 0;
    // What is injected has no socket, and is there at once.
    if (hasBody && raw.socket instanceof Socket) {
      let arrived = raw.socket.bytesRead;
      const timer = setInterval(() => {
        const goesOn = routeOptions.config.multipart && raw.socket.bytesRead > arrived;
        arrived = raw.socket.bytesRead;
        if (goesOn) return;
        clearInterval(timer);
        if (!raw.complete) answerUnparsable(Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), raw.socket);
      }, maxMs).unref();
      raw.once('close', () => clearInterval(timer));
    }
    done();
  });
}
