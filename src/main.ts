import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { configureApp, createAdapter } from './configure-app';
import { TenantsService } from './modules/accounts';
import { Config, ConfigurationError, loadConfig } from './platform/config/config';
import { Migrator } from './platform/database/migrator';
import { NestLogger, createLogger } from './platform/observability/nest-logger';

/** sysexits.h, EX_CONFIG: who supervises this process need not try again. */
const EXIT_CONFIGURATION = 78;

async function main(): Promise<void> {
  const logger = new NestLogger(createLogger(loadConfig().LOG_LEVEL));
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(), { logger, bodyParser: false });
  await app.get(Migrator).prepare();
  const first = await app.get(TenantsService).ensureFirst();
  configureApp(app);
  const config = app.get(Config);
  await app.listen(config.PORT, config.HOST);
  const url = config.PUBLIC_URL ?? (await app.getUrl());
  process.stdout.write(`Llamador is ready: ${url}   docs: ${url}/docs${first ? `   API key (shown this once): ${first.apiKey}` : ''}\n`);
  stopWithParent();
}

/** `npm start` talks to this process over a channel: where that breaks, the launcher is gone and nobody else would stop this. */
function stopWithParent(): void {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(error instanceof ConfigurationError ? EXIT_CONFIGURATION : 1);
});
