import { Agent, request } from 'undici';
import type { Clock } from './clock';

export interface Letter {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  timeoutMs: number;
  /** Played seconds before each further try. */
  retryDelays?: number[];
  /** Statuses that no further try would change. */
  finalStatuses?: number[];
}

export interface Reply {
  status: number;
  body: string;
}

const CONNECTIONS_PER_ORIGIN = 64;

/** Carries webhooks to the urls that calls came with. It follows no redirects, and fails silently, as a provider does. */
export class Postman {
  private readonly agent = new Agent({ connections: CONNECTIONS_PER_ORIGIN });

  constructor(private readonly clock: Clock) {}

  /** @returns the last answer, or undefined where none came */
  async deliver(letter: Letter): Promise<Reply | undefined> {
    for (const delay of letter.retryDelays ?? []) {
      const reply = await this.send(letter);
      if (this.clock.closed || (reply && (isSuccess(reply) || letter.finalStatuses?.includes(reply.status)))) return reply;
      await this.clock.pause(this.clock.ms(delay));
    }
    return this.clock.closed ? undefined : this.send(letter);
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async send({ url, method, headers, body, timeoutMs }: Letter): Promise<Reply | undefined> {
    try {
      const answer = await request(url, { method, headers, body, dispatcher: this.agent, signal: AbortSignal.timeout(timeoutMs) });
      return { status: answer.statusCode, body: await answer.body.text() };
    } catch {
      return undefined;
    }
  }
}

export const isSuccess = ({ status }: Reply): boolean => status >= 200 && status < 300;
