import { keysOfIdentity, mentionsIn, subjectsOf } from './subjects';

const isMentioned = (identity: string, text: string): boolean => mentionsIn(text).some((key) => keysOfIdentity(identity).includes(key));

describe('whom a text is about', () => {
  it.each([
    ['ana@example.com', 'Write to Ana@Example.com.'],
    ['ana@example.com', 'a\\nana@example.com'],
    ['ana@example.com', '<ana@example.com>,'],
    ['+525577001122', 'Call 5577001122 today'],
    ['+525577001122', 'tel:5215577001122'],
    ['+525577001122', '(55) 7700-1122, urgent'],
    ['+525577001122', '+52 1 55 7700 1122'],
    ['+525577001122', '{"from":"5215577001122"}'],
    ['+525577001122', 'at 10 or 55 7700 1122'],
    ['+56912345678', '+56 9 1234 5678'],
    ['+33612345678', 'chez 06 12 34 56 78'],
  ])('%s stands in %s', (identity, text) => expect(isMentioned(identity, text)).toBe(true));

  it.each([
    ['ana@example.com', 'Write to mariana@example.com'],
    ['ana@example.com', 'Write to ana@example.com.mx'],
    ['+525577001122', '+5255770011223344'],
    ['+525577001122', '0.5577001122334'],
    ['+525577001122', '+15577001122'],
    ['+525577001122', 'Order 77001122'],
    ['+56912345678', 'Order 912345678'],
    ['WEBCHAT:orders', 'All orders'],
    ['WEBCHAT:12345', '12345'],
    ['WHATSAPP:MX.1234567890', '1234567890'],
  ])('%s does not stand in %s', (identity, text) => expect(isMentioned(identity, text)).toBe(false));

  it('takes no time for a number', () => {
    expect(mentionsIn('1774539796 1774539796123')).toEqual([]);
  });

  it('reads ids of ours by their fields, wherever they stand', () => {
    const answer = {
      id: 1,
      contactId: 7,
      context: { conversationId: 8 },
      existingEntities: { contacts: [{ id: 9, matchedBy: ['nationalId'] }], conversations: [{ id: 10 }] },
      callIds: [11, 12],
      fileId: 'file_1',
      text: 'to ana@example.com',
    };
    expect(subjectsOf(answer).sort()).toEqual(['call:11', 'call:12', 'contact:7', 'contact:9', 'conversation:10', 'conversation:8', 'file:file_1', 'mail:ana@example.com']);
  });
});
