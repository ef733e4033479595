import { dialsOf } from './twiml';

describe('TwiML', () => {
  it('is read with its attributes, entities and comments', () => {
    const twiml = `<?xml version="1.0"?><!-- a bridge --><Response><Say language='es-MX'>¿Qué &amp; cuándo?</Say><Pause length="1"/>
      <Dial callerId="+52550000" action="http://x/dial?a=1&amp;b=2" method="GET" record="record-from-answer-dual" recordingStatusCallback="http://x/r">
        <Number statusCallback="http://x/c" statusCallbackEvent="initiated completed"> +525555550100 </Number></Dial></Response>`;
    expect(dialsOf(twiml)).toEqual([
      {
        number: '+525555550100',
        callerId: '+52550000',
        action: 'http://x/dial?a=1&b=2',
        actionMethod: 'GET',
        record: { channels: 2, callback: 'http://x/r', callbackMethod: 'POST' },
        callback: 'http://x/c',
        callbackMethod: 'POST',
        callbackEvents: ['initiated', 'completed'],
      },
    ]);
  });

  it('may have the number in the dial itself, several dials, or none', () => {
    expect(dialsOf('<Response><Dial>+1</Dial><Dial record="true">+2</Dial></Response>')).toMatchObject([
      { number: '+1', callbackEvents: ['completed'] },
      { number: '+2', record: { channels: 1 } },
    ]);
    expect(dialsOf('<Response><Dial/><Hangup/></Response>')).toEqual([]);
    expect(dialsOf('<Response/>')).toEqual([]);
  });

  it.each(['', 'text', '<Response>', '<Response></Dial></Response>', '<Other/>', '<Response a=1/>', '</Response>'])('is not: %s', (text) => {
    expect(dialsOf(text)).toBeUndefined();
  });
});
