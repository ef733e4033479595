import { type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoopbackServer {
  /** Without / at the end. */
  readonly url: string;
  /** What it answers from now on. */
  answer(listener: RequestListener): void;
}

/** A server of this test file's own on a free port of loopback; it answers 404 until told otherwise. Call it inside a describe. */
export function useLoopbackServer(): LoopbackServer {
  const notFound: RequestListener = (_, response) => void response.writeHead(404).end();
  let listener = notFound;
  let server: Server | undefined;
  beforeAll(async () => {
    server = createServer((request, response) => listener(request, response));
    await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  });
  beforeEach(() => {
    listener = notFound;
  });
  afterAll(async () => {
    server?.closeAllConnections();
    await new Promise((closed) => server?.close(closed));
  });
  return {
    get url() {
      return `http://127.0.0.1:${(server?.address() as AddressInfo).port}`;
    },
    answer(next) {
      listener = next;
    },
  };
}
