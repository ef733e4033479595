import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module';
import { loadConfig } from './platform/config/config';
import { connect } from './platform/database/data-source';
import { Migrator } from './platform/database/migrator';
import { closeInOrder, exitWith } from './platform/observability/exit';
import { NestLogger, createLogger } from './platform/observability/nest-logger';
import { joinInstallation, startWork } from './start-work';

/** Work that no request waits for, apart from the API: as many of these as wanted, on any machine. */
async function main(): Promise<void> {
  const logger = new NestLogger(createLogger(loadConfig().LOG_LEVEL));
  const app = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
  closeInOrder(app);
  await connect(app.get(DataSource));
  await app.get(Migrator).prepare();
  await joinInstallation(app, 'worker');
  await startWork(app);
  logger.log('Llamador worker is running', 'Worker');
  // Nothing else keeps the process alive once the database's connections are idle.
  setInterval(() => undefined, 2 ** 30);
}

main().catch(exitWith);
