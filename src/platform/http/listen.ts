import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/config';
import { PlainError } from '../errors/plain-error';

/** A server that is just being stopped lets go of its port after it has drained. */
const PATIENCE_MS = 3000;
const LOOK_MS = 200;

/** The server cannot listen where it is told to. Started again it could not either. */
export class CannotListen extends PlainError {}

/** @throws CannotListen */
export async function listen(app: NestFastifyApplication, config: Pick<Config, 'PORT' | 'HOST'>): Promise<void> {
  // Asked first: Nest reports an error of its own of a port that it cannot have.
  await beFree(config);
  await app.listen(config.PORT, config.HOST);
}

/** Waits a moment for a server that goes. @throws CannotListen */
export async function beFree({ PORT: port, HOST: host }: Pick<Config, 'PORT' | 'HOST'>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
    const code = await refusalOf(port, host);
    if (code === undefined) return;
    if (code === 'EADDRINUSE' && Date.now() < deadline) continue;
    throw new CannotListen(reasonOf(code, port, host));
  }
}

async function refusalOf(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

function reasonOf(code: string, port: number, host: string): string {
  if (code === 'EADDRINUSE') return `Port ${port} of ${host} is in use by another program: stop that one, or choose another port, as PORT=${port < 65_535 ? port + 1 : 3000}.`;
  if (code === 'EACCES') return `Port ${port} of ${host} may not be used by this user: choose one above 1023, as PORT=3000.`;
  return `HOST is ${host}, where this machine cannot listen (${code}): leave it out for 127.0.0.1, or take 0.0.0.0 for all addresses of the machine.`;
}
