import { cutShort, lifeOf, phaseOf, playedSeconds } from './life';
import { scriptOf } from './magic-numbers';

const START = 1_000_000;
const life = (number: string, speed = 1) => lifeOf(scriptOf(number), START, speed);

describe('The life of a call', () => {
  it.each([
    ['+525555550100', { ringsAt: 300, answeredAt: 1000, endsAt: 4000 }],
    ['+525555550001', { ringsAt: 300, answeredAt: null, endsAt: 800 }],
    ['+525555550002', { ringsAt: 300, answeredAt: null, endsAt: 4300 }],
    ['+525555550003', { ringsAt: 300, answeredAt: 1000, endsAt: 3000 }],
    ['+525555550004', { ringsAt: null, answeredAt: null, endsAt: 500 }],
    ['+525555550245', { ringsAt: 300, answeredAt: 1000, endsAt: 46_000 }],
  ])('of %s goes on after %j ms', (number, times) => {
    expect(life(number)).toMatchObject(Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, ms === null ? null : START + ms])));
  });

  it('goes on as fast as it is told to', () => {
    expect(life('+525555550100', 100)).toMatchObject({ ringsAt: START + 3, answeredAt: START + 10, endsAt: START + 40 });
    expect(playedSeconds(life('+525555550100', 100), 100)).toBe(3);
  });

  it('passes through its phases, and ends where it is cut short', () => {
    const whole = life('+525555550100');
    expect([0, 300, 1000, 4000].map((ms) => phaseOf(whole, START + ms))).toEqual(['queued', 'ringing', 'in-progress', 'ended']);
    expect(cutShort(whole, START + 500)).toEqual({ startsAt: START, ringsAt: START + 300, answeredAt: null, endsAt: START + 500, ending: 'canceled' });
    expect(playedSeconds(cutShort(whole, START + 2000), 1)).toBe(1);
  });
});
