import type { Ending, Script } from './script';

/** In seconds, at speed 1. */
export const TIMINGS = { queued: 0.3, ringing: 0.7, talk: 3, busy: 0.5, noAnswer: 4, voicemail: 2, failed: 0.2, report: 0.2, unseen: 1 } as const;

/** The whole course of a call, known when it is made. Times are epoch milliseconds; null is never, and `endsAt` null is not yet known. */
export interface Life {
  startsAt: number;
  ringsAt: number | null;
  answeredAt: number | null;
  endsAt: number | null;
  ending: Ending | 'canceled';
}

export type Phase = 'queued' | 'ringing' | 'in-progress' | 'ended';

/** @param speed how many times faster than life it goes */
export function lifeOf(script: Script, startsAt: number, speed: number): Life {
  const after = (seconds: number): number => startsAt + (seconds * 1000) / speed;
  const { ending } = script;
  const pickUp = TIMINGS.queued + TIMINGS.ringing;
  switch (ending) {
    case 'misdialed':
    case 'failed':
      return { startsAt, ringsAt: null, answeredAt: null, endsAt: after(TIMINGS.queued + TIMINGS.failed), ending };
    case 'busy':
    case 'no-answer':
      return { startsAt, ringsAt: after(TIMINGS.queued), answeredAt: null, endsAt: after(TIMINGS.queued + (ending === 'busy' ? TIMINGS.busy : TIMINGS.noAnswer)), ending };
    default:
      return {
        startsAt,
        ringsAt: after(TIMINGS.queued),
        answeredAt: after(pickUp),
        endsAt: after(pickUp + (ending === 'voicemail' ? TIMINGS.voicemail : script.talkSeconds)),
        ending,
      };
  }
}

export function phaseOf(life: Life, at: number): Phase {
  if (isPast(life.endsAt, at)) return 'ended';
  if (isPast(life.answeredAt, at)) return 'in-progress';
  return isPast(life.ringsAt, at) ? 'ringing' : 'queued';
}

/** A call that is hung up: what was to come does not. */
export function cutShort(life: Life, at: number): Life {
  const untilThen = (time: number | null): number | null => (isPast(time, at) ? time : null);
  return { ...life, ringsAt: untilThen(life.ringsAt), answeredAt: untilThen(life.answeredAt), endsAt: at, ending: 'canceled' };
}

/** Of the talk, as it would have been at speed 1; 0 where nobody answered or nobody has hung up. */
export const playedSeconds = (life: Life, speed: number): number => (life.answeredAt === null || life.endsAt === null ? 0 : ((life.endsAt - life.answeredAt) * speed) / 1000);

const isPast = (time: number | null, at: number): boolean => time !== null && time <= at;
