import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { sandboxCredentials } from '../platform/config/sandbox-credentials';
import { Clock } from './clock';
import { ElementeCalls } from './elemente/elemente-calls';
import { elementeError } from './elemente/elemente-error';
import { ElementeRoutes } from './elemente/elemente-routes';
import { messageScriptOf } from './magic-numbers';
import { Postman } from './postman';
import { mountProvider } from './provider-server';
import { RequestFaults } from './request-faults';
import { TwilioCalls } from './twilio/twilio-calls';
import { twilioErrorOf } from './twilio/twilio-error';
import { TwilioRoutes } from './twilio/twilio-routes';
import { VapiCalls } from './vapi/vapi-calls';
import { vapiError } from './vapi/vapi-error';
import { VapiRoutes } from './vapi/vapi-routes';
import { whatsappErrorOf } from './whatsapp/whatsapp-error';
import { WhatsAppMedia } from './whatsapp/whatsapp-media';
import { WhatsAppMessages } from './whatsapp/whatsapp-messages';
import { WhatsAppRoutes } from './whatsapp/whatsapp-routes';

export interface SandboxOptions {
  /** The only ones with which the providers let anybody in: they post to whatever url they are given. */
  credentials: ReturnType<typeof sandboxCredentials>;
  /** How many times faster than life it plays. */
  speed: number;
  /** Calls that Vapi has lines for; 10 unless set. */
  limit?: number;
  /** Calls that Elemente has lines for; no limit unless set. */
  elementeLimit?: number;
  /** Folder of the journals by which calls outlive a kill -9; without one, they are in memory only. */
  journalFolder?: string;
  prefix?: string;
}

const DEFAULT_LIMIT = 10;

/**
 * Vapi, Twilio, Elemente and WhatsApp, played under <prefix>/{vapi,twilio,elemente,whatsapp}: their requests and answers, the
 * whole life of a call or a message, and the webhooks that tell of it. What it plays is asked for by the number that is called
 * or written to: see magic-numbers.ts.
 */
export function registerSandbox(
  fastify: FastifyInstance,
  { credentials, speed, limit = DEFAULT_LIMIT, elementeLimit = Infinity, journalFolder, prefix = '/sandbox' }: SandboxOptions,
): void {
  const clock = new Clock(speed);
  const postman = new Postman(clock);
  const journal = (name: string): string | undefined => journalFolder && join(journalFolder, `${name}.jsonl`);
  void fastify.register(
    async (server) => {
      // Before the server closes, as requests that are held back would keep it open.
      server.addHook('preClose', async () => {
        clock.close();
        await postman.close();
      });
      mountProvider(server, '/vapi', vapiError, (vapi) => {
        const account = { ...credentials.vapi, speed };
        new VapiRoutes(account, new VapiCalls(account, clock, postman, limit, journal('vapi')), new RequestFaults(clock)).register(vapi);
      });
      mountProvider(server, '/twilio', twilioErrorOf, (twilio) => {
        const account = { ...credentials.twilio, speed };
        new TwilioRoutes(account, new TwilioCalls(account, clock, postman, journal('twilio')), new RequestFaults(clock)).register(twilio);
      });
      mountProvider(server, '/whatsapp', whatsappErrorOf, (whatsapp) => {
        const account = { ...credentials.whatsapp, speed };
        const media = new WhatsAppMedia(journalFolder && join(journalFolder, 'whatsapp-media'));
        new WhatsAppRoutes(account, new WhatsAppMessages(account, clock, postman, media, journal('whatsapp')), media, new RequestFaults(clock, messageScriptOf)).register(whatsapp);
      });
      mountProvider(server, '/elemente', elementeError, (elemente) => {
        const account = { ...credentials.elemente, speed };
        new ElementeRoutes(account, new ElementeCalls(clock, elementeLimit, journal('elemente')), new RequestFaults(clock)).register(elemente);
      });
    },
    { prefix },
  );
}
