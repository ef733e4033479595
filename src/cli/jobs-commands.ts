import { type Command, Option } from 'commander';
import { JOB_STATUSES, type JobStatus, JobsService } from '../modules/jobs';
import { PlainError } from '../platform/errors/plain-error';
import { type WithApp, printJson } from './command-context';

export function addJobsCommands(program: Command, withApp: WithApp): void {
  const jobs = program.command('jobs').description('work that no request waits for, of all tenants');
  jobs
    .command('list')
    .description('the newest 1,000 of a status')
    .addOption(new Option('--status <status>', 'failed are those that were given up').choices(JOB_STATUSES).default('failed'))
    .action(({ status }: { status: JobStatus }) => withApp(async (app) => printJson(await app.get(JobsService).listOfAll(status))));
  jobs
    .command('retry')
    .description('try a job again that was given up')
    .argument('[id]', 'which one')
    .option('--all', 'all of them')
    .action(async (id: string | undefined, { all = false }: { all?: boolean }) => {
      if (all === (id !== undefined)) throw new PlainError('Name the job, or say --all.');
      if (id !== undefined && !/^[1-9]\d{0,14}$/.test(id)) throw new PlainError(`${id} is no id of a job: see jobs list.`);
      await withApp(async (app) => printJson(id === undefined ? { retried: await app.get(JobsService).retryAll() } : await app.get(JobsService).retryOfAny(Number(id))));
    });
}
