import { Injectable } from '@nestjs/common';

/** How patient the sending of messages is, in ms. */
@Injectable()
export class MessageTimings {
  /** Whoever sends for a conversation has it for so long, and says six times as often that he still does. */
  leaseMs = 30_000;
  /** A message of which nobody knows whether it was taken is sent again only after so long without a word. */
  silenceMs = 60_000;
  /** One message in that time to one person, in the long run (WhatsApp: 6 s), and so many at once. */
  pairMs = 6000;
  pairBurst = 45;
  /** The same over all persons: WhatsApp takes 80 a second from a number, what comes in included. */
  numberMs = 1000 / 80;
  numberBurst = 80;
  /** After the provider said "slower" of a person: 4^n of it, as WhatsApp asks. */
  pairBackoffMs = 1000;
  /** After "slower" of the number, or an outage: 2^n of it. */
  backoffMs = 1000;
  maxBackoffMs = 10 * 60_000;
  /** Then it is given up. */
  maxAgeMs = 24 * 3_600_000;
}
