import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_CONFIGURATION, EXIT_FAILURE, EXIT_UNAVAILABLE } from '../config/exit-codes';
import { EmbeddedCluster } from './embedded-cluster';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const PROBE_MS = 250;
const HARD_KILL_MS = 25_000;
const QUICK_FAILURE_MS = 10_000;
const MAX_QUICK_FAILURES = 5;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 5_000;

export interface LaunchOptions {
  appPath: string;
  dataDir: string;
  env: NodeJS.ProcessEnv;
  /** For development: receives a function that replaces the running app by a fresh one. */
  watch?: (restart: () => void) => void;
}

/** Runs the app and, unless DATABASE_URL names another, the database it needs. Resolves to the exit code. */
export function launch(options: LaunchOptions): Promise<number> {
  return new Launcher(options).run();
}

class Launcher {
  private readonly cluster?: EmbeddedCluster;
  private databaseUrl?: string;
  private adopted = false;
  private app?: ChildProcess;
  private pause = new AbortController();
  private stopping = false;
  private replacing = false;

  constructor(private readonly options: LaunchOptions) {
    this.databaseUrl = options.env.DATABASE_URL;
    if (!this.databaseUrl) this.cluster = new EmbeddedCluster(options.dataDir);
  }

  async run(): Promise<number> {
    for (const signal of STOP_SIGNALS) process.on(signal, this.stop);
    await this.startCluster();
    const watching = this.watchCluster();
    this.options.watch?.(this.replace);
    try {
      return await this.superviseApp();
    } finally {
      this.stopping = true;
      await watching;
      // An adopted cluster may have another launcher, whose app goes on.
      await this.cluster?.stop({ onlyIfUnused: this.adopted });
    }
  }

  private readonly stop = (): void => {
    this.stopping = true;
    this.pause.abort();
    this.endApp();
  };

  private readonly replace = (): void => {
    this.replacing = this.endApp();
    this.pause.abort();
  };

  private endApp(): boolean {
    const app = this.app;
    if (!app) return false;
    app.kill('SIGTERM');
    const hardKill = setTimeout(() => app.kill('SIGKILL'), HARD_KILL_MS);
    app.once('exit', () => clearTimeout(hardKill));
    return true;
  }

  private async startCluster(): Promise<void> {
    if (!this.cluster) return;
    const { url, adopted } = await this.cluster.start();
    this.adopted = adopted;
    const moved = this.databaseUrl !== undefined && this.databaseUrl !== url;
    this.databaseUrl = url;
    if (moved) this.replace(); // its port was taken meanwhile: the app has to learn the new one
  }

  /** A server that was killed leaves no word: look for it, and put it back under the app. */
  private async watchCluster(): Promise<void> {
    while (this.cluster && !this.stopping) {
      await sleep(PROBE_MS);
      if (this.stopping || this.cluster.isAlive()) continue;
      say('PostgreSQL has gone: starting it again');
      await this.startCluster().catch(async (error: unknown) => {
        say(error instanceof Error ? error.message : String(error));
        await sleep(MAX_BACKOFF_MS);
      });
    }
  }

  private async superviseApp(): Promise<number> {
    for (let failures = 0; !this.stopping;) {
      const startedAt = Date.now();
      const code = await this.runApp();
      if (this.stopping) return code;
      if (this.replacing) {
        failures = 0;
        continue;
      }
      if (code === 0 || code === EXIT_CONFIGURATION) return code;
      if (code === EXIT_UNAVAILABLE) return EXIT_FAILURE;
      failures = Date.now() - startedAt < QUICK_FAILURE_MS ? failures + 1 : 1;
      if (failures >= MAX_QUICK_FAILURES && !this.options.watch) return code;
      say(`the app ended with code ${code}: starting it again`);
      await this.backOff(failures);
    }
    return 0;
  }

  private async runApp(): Promise<number> {
    this.replacing = false;
    const app = spawn(process.execPath, [this.options.appPath], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'], // by the channel's end the app learns that we were killed
      env: { ...this.options.env, DATABASE_URL: this.databaseUrl },
    });
    this.app = app;
    const [code, signal] = (await once(app, 'exit')) as [number | null, NodeJS.Signals | null];
    this.app = undefined;
    return code ?? 128 + (signal ? constants.signals[signal] : 0);
  }

  private async backOff(failures: number): Promise<void> {
    this.pause = new AbortController();
    const ms = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), MAX_BACKOFF_MS);
    await sleep(ms, undefined, { signal: this.pause.signal }).catch(() => undefined);
  }
}

function say(text: string): void {
  process.stderr.write(`llamador: ${text}\n`);
}
