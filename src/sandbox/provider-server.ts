import type { FastifyError, FastifyInstance } from 'fastify';
import { ProviderAnswer } from './provider-answer';

/** How a provider words an error that none of its routes has words for. */
export type ErrorOf = (status: number, message: string) => ProviderAnswer;

/** A part of a server that speaks as a provider: its bodies and its errors, whatever the server around it speaks. */
export function mountProvider(fastify: FastifyInstance, prefix: string, errorOf: ErrorOf, register: (server: FastifyInstance) => void): void {
  void fastify.register(
    async (server) => {
      server.removeAllContentTypeParsers();
      server.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body: string, done) => {
        try {
          done(null, body === '' ? undefined : JSON.parse(body));
        } catch {
          done(errorOf(400, 'The body is not JSON'));
        }
      });
      server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body: string, done) => done(null, formOf(body)));
      server.setErrorHandler((error: FastifyError | ProviderAnswer, _, reply) => {
        const answer = error instanceof ProviderAnswer ? error : errorOf(error.statusCode ?? 500, error.message);
        return reply.status(answer.status).headers(answer.headers).send(answer.body);
      });
      server.setNotFoundHandler(() => {
        throw errorOf(404, 'Not Found');
      });
      register(server);
    },
    { prefix },
  );
}

/** A field that comes several times is a list. */
function formOf(body: string): Record<string, string | string[]> {
  const fields = new URLSearchParams(body);
  return Object.fromEntries(
    [...new Set(fields.keys())].map((name) => [name, fields.getAll(name)] as const).map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}
