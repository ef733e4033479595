import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';

/** Secrets never reach a log, whoever logs them. */
const REDACTED = ['req.headers.authorization', 'req.headers["x-api-key"]', 'authorization', 'apiKey', 'password', 'credentials', '*.authorization', '*.apiKey', '*.password'];

export const createLogger = (level: string): Logger => pino({ level, redact: REDACTED, base: { pid: process.pid } });

/** Nest's log lines as pino's: JSON, one line each, with the context's name. */
export class NestLogger implements LoggerService {
  constructor(private readonly pinoLogger: Logger) {}

  log(message: unknown, context?: string): void {
    // Nest's own start-up lines, one a route, are of use only when a route is missing.
    if (FRAMEWORK.has(context ?? '')) this.write('debug', message, context);
    else this.write('info', message, context);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, ...rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, ...rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, ...rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, ...rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, ...rest);
  }

  private write(level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace', message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    const stack = rest.length > 1 ? rest[0] : undefined;
    const fields = { ...(typeof message === 'object' ? message : { msg: message }), context, stack };
    this.pinoLogger[level](fields);
  }
}

const FRAMEWORK = new Set(['NestFactory', 'InstanceLoader', 'RouterExplorer', 'RoutesResolver', 'NestApplication']);
