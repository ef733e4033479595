import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fastify, { type FastifyInstance } from 'fastify';
import { limitBodyTime } from './unparsable';

describe('the time that a body has to arrive', () => {
  let server: FastifyInstance;
  beforeAll(async () => {
    server = fastify();
    limitBodyTime(server, 1_000);
    server.post('/json', () => 'taken');
    server.post('/form', { config: { multipart: true } }, () => 'taken');
    await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => server.close());

  /** What comes back for a body of which a byte is sent every so many ms. */
  async function answerTo(path: string, pause: number): Promise<string> {
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n`);
    const bytes = [...'"abcdef"'];
    const sending = setInterval(() => bytes.length > 0 && socket.write(bytes.shift() as string), pause);
    try {
      return await text(socket);
    } finally {
      clearInterval(sending);
      socket.destroy();
    }
  }

  it.each([
    ['/json', 400],
    ['/form', 4_000],
  ])('ends for %s, where it is spent, with an answer that says so', async (path, pause) => {
    const answer = await answerTo(path, pause);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] as string)).toMatchObject({ code: 408, error: 'INVALID_REQUEST', message: 'Request Timeout: it did not arrive in time. Send it again.' });
  });

  it.each([
    ['/json', 5],
    ['/form', 300],
  ])('is enough for %s that keeps coming', async (path, pause) => {
    expect(await answerTo(path, pause)).toMatch(/^HTTP\/1\.1 200 /);
  });
});
