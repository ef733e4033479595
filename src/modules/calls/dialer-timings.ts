import { Injectable } from '@nestjs/common';

/** How patient the dialer is, in ms. */
@Injectable()
export class DialerTimings {
  /** A request to dial that has not been settled by then is looked up; longer than any adapter waits for an answer. */
  leaseMs = 30_000;
  /** How often calls that wait and attempts that are due are looked for, besides the notices. */
  sweepMs = 1000;
  /** After "all lines taken"; half of it at least, so that processes do not come back all at once. */
  noLineMs = 1000;
  /** After a 429 that names no time. */
  slowDownMs = 5000;
  /** An account that failed is tried again with one call. */
  accountMs = 60_000;
  /** First look-up of an attempt that nobody knows of; the next ones double it. */
  firstLookUpMs = 1000;
  /** A provider shows a call at the latest by then: a look-up after it that finds nothing is conclusive. */
  visibleMs = 20_000;
  /** After a call's end, the provider is asked for what it has not told. */
  reportMs = 15_000;
  /** A provider that could not be asked is asked again. */
  unreachableMs = 5000;
  /** A call that the provider took and then knows nothing of, neither by its id nor in its list, is given up. */
  lostMs = 15 * 60_000;
}
