import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { Command } from 'commander';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module';
import { addAccountCommands } from './cli/account-commands';
import { type WithApp, printJson } from './cli/command-context';
import { addImportCommand } from './cli/import-command';
import { addJobsCommands } from './cli/jobs-commands';
import { addStorageCommand } from './cli/storage-command';
import { Config, ConfigurationError } from './platform/config/config';
import { EXIT_CONFIGURATION, EXIT_FAILURE } from './platform/config/exit-codes';
import { connect } from './platform/database/data-source';
import { Migrator } from './platform/database/migrator';
import { EmbeddedCluster } from './platform/embedded/embedded-cluster';
import { isInitialised } from './platform/embedded/postgres-host';
import { ApiError } from './platform/errors/api-error';
import { PlainError } from './platform/errors/plain-error';
import { NestLogger, createLogger } from './platform/observability/nest-logger';

/** The product without its HTTP side; answers go to stdout as JSON, everything else to stderr. */
const withApp: WithApp = async (work, { creates = false } = {}) => {
  if (!process.env.DATABASE_URL) process.env.DATABASE_URL = await ownDatabase(creates);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: new NestLogger(createLogger('silent')), abortOnError: false });
  try {
    await connect(app.get(DataSource));
    await app.get(Migrator).prepare((text) => void process.stderr.write(`${text}\n`));
    return await work(app);
  } finally {
    await app.close();
  }
};

/** That of the server on this machine. A command about what is there makes none: it would look into an empty one. */
async function ownDatabase(creates: boolean): Promise<string> {
  const folder = process.env.DATA_DIR ?? '.data';
  if (!creates && !isInitialised(join(folder, 'postgres'))) {
    throw new PlainError(`There is no database in ${folder}: start the server once (npm start), or say where it is, by DATA_DIR (its folder) or DATABASE_URL.`);
  }
  try {
    return (await new EmbeddedCluster(folder).start()).url;
  } catch (error) {
    throw new PlainError((error as Error).message, { cause: error });
  }
}

const program = new Command('cli').description('Llamador on the command line').configureOutput({
  outputError: (text, write) => write(`${text.replace(/^error: /, '').trim().replaceAll('\n', ' ')}. See --help.\n`),
});
addAccountCommands(program, withApp);
addImportCommand(program, withApp);
addJobsCommands(program, withApp);
addStorageCommand(program, withApp);
program
  .command('migrate')
  .description('bring the database schema up to date')
  .action(() => withApp((app) => Promise.resolve(printJson({ database: new URL(app.get(Config).DATABASE_URL).pathname.slice(1), migrated: true })), { creates: true }));

program.parseAsync().catch((error: unknown) => {
  const expected = error instanceof ApiError || error instanceof PlainError;
  process.stderr.write(`${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = error instanceof ConfigurationError ? EXIT_CONFIGURATION : EXIT_FAILURE;
});
