import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpAdapterHost } from '@nestjs/core';
import fastify from 'fastify';
import { Readiness } from '../../../src/platform/http/readiness';

/** Eight clients, each of which asks again and again until nobody listens any more; in the end, what they met. */
const CLIENTS = `
  const met = {};
  const client = async () => {
    for (let last; last !== 'ECONNREFUSED'; met[last] = (met[last] ?? 0) + 1) {
      last = await fetch(process.argv[1]).then(async (answer) => (await answer.text(), answer.status + ' ' + answer.headers.get('connection')), (error) => (error.cause.syscall === 'connect' ? 'ECONNREFUSED' : error.cause.code));
    }
  };
  Promise.all(Array.from({ length: 8 }, client)).then(() => console.log(JSON.stringify(met)));`;

describe('draining a server', () => {
  it('under load answers all that it takes, closes each connection after its answer, and resets none', async () => {
    const { server, readiness } = serverWithReadiness();
    const clients = spawn(process.execPath, ['-e', CLIENTS, await server.listen({ host: '127.0.0.1', port: 0 })], { stdio: ['ignore', 'pipe', 'inherit'] });
    const met = text(clients.stdout);
    await once(server.server, 'request');
    await sleep(300);
    await readiness.drain();
    await server.close();
    expect(JSON.parse(await met)).toEqual({ '200 keep-alive': expect.any(Number), '200 close': expect.any(Number), ECONNREFUSED: 8 });
  });

  it('takes no time where nobody is connected', async () => {
    const { server, readiness } = serverWithReadiness();
    await server.listen({ host: '127.0.0.1', port: 0 });
    const began = Date.now();
    await readiness.drain();
    expect(Date.now() - began).toBeLessThan(500);
    expect([readiness.stopping, server.server.listening]).toEqual([true, false]);
    await server.close();
  });
});

function serverWithReadiness() {
  const server = fastify({ return503OnClosing: false });
  const readiness = new Readiness({ httpAdapter: { getHttpServer: () => server.server } } as unknown as HttpAdapterHost);
  readiness.register(server);
  server.get('/', async () => 'ok');
  return { server, readiness };
}
