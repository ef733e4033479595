import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** In it whoever sends requests here hears that no more should be sent. */
const DRAIN_MS = 1000;
/** In it who has only just connected sends the request. */
const LAST_REQUEST_MS = 200;

/** Whether work should be sent here: until a shutdown begins. */
@Injectable()
export class Readiness {
  stopping = false;

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** From here on /readyz says no, and each answer closes its connection; to be called before the server listens. */
  register(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (_, reply, done) => {
      if (this.stopping) void reply.header('Connection', 'close');
      done();
    });
  }

  /**
   * The first step of a shutdown, while requests are still taken: a connection that is closed after an answer, and not in the
   * middle of the next request, resets nobody. Without any connection there is nothing to wait for.
   */
  async drain(): Promise<void> {
    this.stopping = true;
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    const connections = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    if (connections > 0) await sleep(DRAIN_MS);
    await stopListening(server);
    if (connections > 0) await sleep(LAST_REQUEST_MS);
  }
}

const MAX_TURNS = 1000;
const QUIET_TURNS = 3;
const QUIET_MS = 0.1;

/** Connections that the kernel has made and nobody has taken yet are reset: so it is done right after turns of the event loop that had none, and hardly anything else. */
async function stopListening(server: Server): Promise<void> {
  let taken = 0;
  server.on('connection', () => taken++);
  for (let turns = 0, quiet = 0; turns < MAX_TURNS && quiet < QUIET_TURNS; turns++) {
    const before = { taken, at: performance.now() };
    await turn();
    quiet = taken === before.taken && performance.now() - before.at < QUIET_MS ? quiet + 1 : 0;
  }
  // Not HTTP's own close, which cuts off those who have connected and said nothing yet.
  NetServer.prototype.close.call(server);
}
