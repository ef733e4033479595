import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { Config } from '../config/config';

const ANY_ADDRESS = new Set(['0.0.0.0', '::', '']);

/** The urls of this server: for clients and providers out there, and for the product's own processes. No / at the end. */
@Injectable()
export class ServerAddress {
  constructor(
    private readonly config: Config,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  get publicUrl(): string {
    return this.config.PUBLIC_URL?.replace(/\/+$/, '') ?? this.internalUrl;
  }

  /** How the product reaches itself: the sandbox is behind it. */
  get internalUrl(): string {
    if (this.config.INTERNAL_URL) return this.config.INTERNAL_URL.replace(/\/+$/, '');
    const host = ANY_ADDRESS.has(this.config.HOST) ? '127.0.0.1' : this.config.HOST;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.listeningPort() ?? this.config.PORT}`;
  }

  /** The port that is really listened on: PORT=0 takes any. */
  private listeningPort(): number | undefined {
    const adapter = this.adapterHost.httpAdapter as { getHttpServer(): Server } | undefined;
    return (adapter?.getHttpServer()?.address() as AddressInfo | null)?.port;
  }
}
