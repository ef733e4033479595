import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module';
import { configureApp } from '../../src/configure-app';
import { createAdapter } from '../../src/platform/http/adapter';
import { Migrator } from '../../src/platform/database/migrator';
import { ApiClient } from './api-client';
import { emptyDatabase } from './database';

/** Keeps what the app reports as failed, for a test that meets a 5xx to show. */
class FailureLog implements LoggerService {
  readonly failures: unknown[] = [];
  log(): void {}
  warn(): void {}
  error(message: unknown): void {
    this.failures.push(message);
  }
}

/** The whole app, made by the same code as in main.ts; only it does not listen until a test asks for it. */
export class TestApp {
  private constructor(
    readonly nest: NestFastifyApplication,
    private readonly log: FailureLog,
    private readonly folder: string,
  ) {}

  /** @param settings environment variables that differ from the other tests' */
  static async start(settings: Record<string, string> = {}): Promise<TestApp> {
    const log = new FailureLog();
    const before = { ...process.env };
    // Of its own: the sandbox keeps the calls that it plays there, and goes on with them when it starts.
    const folder = mkdtempSync(join(tmpdir(), 'llamador-test-data-'));
    Object.assign(process.env, { DATA_DIR: folder }, settings);
    try {
      const nest = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(), { logger: log, bodyParser: false });
      await nest.get(Migrator).prepare();
      configureApp(nest);
      await nest.init();
      await nest.getHttpAdapter().getInstance().ready();
      return new TestApp(nest, log, folder);
    } finally {
      for (const name of ['DATA_DIR', ...Object.keys(settings)]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  }

  /** @param key an API key; none makes a client without credentials */
  client(key?: string): ApiClient {
    return new ApiClient(this.nest, key, () => this.log.failures.at(-1));
  }

  /** A real socket, for what only the network can do. */
  async listen(): Promise<URL> {
    if (!this.nest.getHttpServer().listening) await this.nest.listen(0, '127.0.0.1');
    return new URL(await this.nest.getUrl());
  }

  async close(): Promise<void> {
    await this.nest.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An app for all tests of a file, and empty tables for each. Call it inside a describe. */
export function useTestApp(settings: Record<string, string> = {}): { readonly app: TestApp } {
  let app: TestApp | undefined;
  beforeAll(async () => {
    app = await TestApp.start(settings);
  });
  afterAll(() => app?.close());
  beforeEach(emptyDatabase);
  return {
    get app() {
      if (!app) throw new Error('The app is there from beforeAll on.');
      return app;
    },
  };
}
