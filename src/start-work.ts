import type { INestApplicationContext } from '@nestjs/common';
import { Dialer } from './modules/calls';
import { ChangeNotices } from './platform/database/change-notices';
import { Retention } from './platform/database/retention';
import { JobSweep } from './platform/queue/job-sweep';
import { Relay } from './platform/queue/relay';

/** All that no request waits for: jobs, also those that were lost, dialing, and the removal of what is no longer kept. Any number of processes may do it. */
export async function startWork(app: INestApplicationContext): Promise<void> {
  await app.get(ChangeNotices).start();
  await app.get(Relay).start();
  app.get(Dialer).start();
  app.get(JobSweep).start();
  app.get(Retention).start();
}
