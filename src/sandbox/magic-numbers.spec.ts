import { magicNumbersTable, messageScriptOf, scriptOf } from './magic-numbers';

/** Whether a message plays as one to any number. */
const isDefault = (digits: string): boolean => JSON.stringify(messageScriptOf(`+52555555${digits}`)) === JSON.stringify(messageScriptOf('+525555555678'));

describe('Magic numbers', () => {
  it('are known by their last four digits, in phone numbers and email addresses', () => {
    expect(scriptOf('+52 55 5555 0001').ending).toBe('busy');
    expect(scriptOf('jane0001@mail.2024.com').ending).toBe('busy');
    expect(scriptOf('+525555550217')).toEqual({ ending: 'answered', talkSeconds: 17 });
  });

  it.each(['+1234567890', '+525555550100', '+525555550200', 'jane@example.com', ''])('leave every other address alone: %s', (address) => {
    expect(scriptOf(address)).toEqual({ ending: 'answered', talkSeconds: 3 });
  });

  it('are documented, each with a row', () => {
    const rows = [...magicNumbersTable().matchAll(/^\| `…(\d{4})` \| (.*) \| (.*) \|$/gm)].map(([, digits, call, message]) => ({ digits, call, message }));
    expect(rows.slice(0, 18).map(({ digits }) => digits)).toEqual(Array.from({ length: 18 }, (_, at) => String(at + 1).padStart(4, '0')));
    expect(new Set(rows.map(({ digits }) => digits)).size).toBe(rows.length);
    for (const { call, message } of rows) expect(`${call}${message}`).toMatch(/\S/);
    for (const { digits = '', message } of rows) expect([digits, isDefault(digits)]).toEqual([digits, message === '']);
  });

  it.each([
    ['+525555551026', { reaches: 'failed', code: 131026 }],
    ['+525555552001', { reaches: 'failed', code: 132001, refused: true }],
    ['MX.abc0103', { reply: 'echo' }],
    ['+525555555678', { reaches: 'read', reply: 'text', repliesToTemplates: true }],
  ])('say what becomes of a message: %s', (address, script) => {
    expect(messageScriptOf(address)).toMatchObject(script);
  });
});
