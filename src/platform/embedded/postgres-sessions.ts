import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { codeOf } from './postgres-host';

export const NAME = 'llamador'; // of the database, and of the role that owns it
const LEAVING = `${NAME}-leaving`; // the connections which only ask whether there are others
const GOING_DOWN = new Set(['57P01', '57P03', 'ECONNREFUSED', 'ECONNRESET']);

type Session = Client & { ref(): void; unref(): void }; // which @types/pg does not know

/** Our own connections to the cluster: one is kept, and by it the others see that it is in use, even before the app connects. */
export class PostgresSessions {
  private held?: Session;

  constructor(private readonly urlOf: (database: string) => string) {}

  /** @returns false where the server is just going down */
  async hold(): Promise<boolean> {
    try {
      await this.release();
      this.held = await this.connect(NAME).catch(async (error: unknown) => {
        if (codeOf(error) !== '3D000') throw error;
        await this.createDatabase();
        return this.connect(NAME);
      });
      this.held.unref(); // it must not keep the process from ending
      return true;
    } catch (error) {
      if (GOING_DOWN.has(codeOf(error) ?? '')) return false;
      throw error;
    }
  }

  async release(): Promise<void> {
    this.held?.ref(); // else node may end while this waits
    await this.held?.end().catch(() => undefined);
    this.held = undefined;
  }

  /** Asked for a second: a connection that was just closed is still listed for a moment. */
  async hasOthers(): Promise<boolean> {
    const leaving = await this.connect('postgres', LEAVING).catch(() => undefined);
    if (!leaving) return true; // another process is starting or stopping it
    const others = `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> $1`;
    try {
      for (let attempt = 0; attempt < 10; attempt++) {
        if ((await leaving.query(others, [LEAVING])).rowCount === 0) return false;
        await sleep(100);
      }
      return true;
    } catch {
      return true; // of two that leave at the same moment the other one stops it
    } finally {
      await leaving.end();
    }
  }

  private async createDatabase(): Promise<void> {
    const client = await this.connect('postgres');
    try {
      await client.query(`CREATE DATABASE ${NAME}`);
    } catch (error) {
      if (!['42P04', '23505'].includes(codeOf(error) ?? '')) throw error; // a start at the same moment made it
    } finally {
      await client.end();
    }
  }

  private async connect(database: string, application_name = NAME): Promise<Session> {
    const connectionString = this.urlOf(database);
    const client = new Client({ connectionString, application_name, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined); // that the server has gone is found by isAlive()
    await client.connect();
    return client as Session;
  }
}
