import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module';
import { configureApp } from './configure-app';
import { createAdapter } from './platform/http/adapter';
import { TenantsService } from './modules/accounts';
import { Config, loadConfig } from './platform/config/config';
import { connect } from './platform/database/data-source';
import { Migrator } from './platform/database/migrator';
import { beFree, listen } from './platform/http/listen';
import { Readiness } from './platform/http/readiness';
import { closeInOrder, exitWith } from './platform/observability/exit';
import { NestLogger, createLogger } from './platform/observability/nest-logger';
import { joinInstallation, startWork } from './start-work';

async function main(): Promise<void> {
  const logger = new NestLogger(createLogger(loadConfig().LOG_LEVEL));
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(), { logger, bodyParser: false, abortOnError: false });
  closeInOrder(app, () => app.get(Readiness).drain());
  await connect(app.get(DataSource));
  await app.get(Migrator).prepare();
  await app.get(TenantsService).ensureFirst();
  const config = app.get(Config);
  await beFree(config); // a start that comes to nothing must not tell the others of itself
  await joinInstallation(app, 'server');
  configureApp(app);
  await listen(app, config);
  // Several machines have workers for this; one that stands alone does it itself.
  if (!config.REDIS_URL) await startWork(app);
  const url = config.PUBLIC_URL ?? (await app.getUrl());
  // Only now: a start that ends before has not taken the key with it.
  await app.get(TenantsService).showFirstKey((apiKey) => {
    process.stdout.write(`Llamador is ready: ${url}   docs: ${url}/docs${apiKey ? `   API key (shown this once): ${apiKey}` : ''}\n`);
  });
  stopWithParent();
}

/** `npm start` talks to this process over a channel: where that breaks, the launcher is gone and nobody else would stop this. */
function stopWithParent(): void {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}

main().catch(exitWith);
