import { timeZoneNamed, zoneOfCountry } from './time-zones';

describe('time zones', () => {
  it.each([
    ['MX', 'America/Mexico_City'],
    ['US', 'America/New_York'],
    ['CL', 'America/Santiago'],
    ['BR', 'America/Sao_Paulo'],
    ['PE', 'America/Lima'],
    ['GB', 'Europe/London'],
    ['XK', 'Europe/Belgrade'],
    ['BV', 'UTC'], // where nobody lives
  ])('of %s is %s', (country, zone) => {
    expect(zoneOfCountry(country)).toBe(zone);
  });

  it('are known to the machine, of each country', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    for (const country of letters.flatMap((one) => letters.map((other) => one + other))) expect(timeZoneNamed(zoneOfCountry(country))).toBeDefined();
  });

  it.each([
    ['America/Mexico_City', 'America/Mexico_City'],
    [' america/mexico_city ', 'America/Mexico_City'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['utc', 'UTC'],
    ['America/Atlantis', undefined],
    ['+05:00', undefined],
    ['', undefined],
    ['a\0', undefined],
    ['x'.repeat(5000), undefined],
  ])('%j are named %j', (text, zone) => {
    expect(timeZoneNamed(text)).toBe(zone);
  });
});
