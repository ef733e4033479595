import { writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { configureApp, documentOf } from './configure-app';
import { createAdapter } from './platform/http/adapter';

/** Writes openapi.json, from the built app and without a database: `npm run openapi`. */
async function main(): Promise<void> {
  process.env.DATABASE_URL ??= 'postgres://nobody@127.0.0.1/none';
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(), { logger: ['error', 'warn'], bodyParser: false });
  configureApp(app);
  writeFileSync('openapi.json', `${JSON.stringify(documentOf(app), null, 2)}\n`);
}

void main();
