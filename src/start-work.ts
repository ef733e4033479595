import { type INestApplicationContext, Logger } from '@nestjs/common';
import { Dialer } from './modules/calls';
import { ConnectionsApi } from './modules/connections';
import { configurationWarnings } from './platform/config/config';
import { ChangeNotices } from './platform/database/change-notices';
import { Retention } from './platform/database/retention';
import { Processes } from './platform/installation/processes';
import { JobSweep } from './platform/queue/job-sweep';
import { Relay } from './platform/queue/relay';
import { CheckedStorage } from './platform/storage/checked-storage';

/** Before any work: says with whose accounts this process works, and finds out whether the others have the same, and the same files. */
export async function joinInstallation(app: INestApplicationContext, kind: 'server' | 'worker'): Promise<void> {
  const logger = new Logger('Start');
  for (const line of app.get(ConnectionsApi).describe()) logger.log(line);
  for (const warning of configurationWarnings()) logger.warn(warning);
  await app.get(ChangeNotices).start();
  await app.get(Processes).start(kind);
  await app.get(CheckedStorage).start();
}

/** All that no request waits for: jobs, also those that were lost, dialing, and the removal of what is no longer kept. Any number of processes may do it. */
export async function startWork(app: INestApplicationContext): Promise<void> {
  await app.get(Relay).start();
  app.get(Dialer).start();
  app.get(JobSweep).start();
  app.get(Retention).start();
}
