import type { Connection } from '../../modules/connections';
import { bridgeTwiml } from './bridge-twiml';

const CONNECTION = { webhookUrl: 'https://crm.example.com/webhooks/twilio/7' } as Connection;
const NUMBERS = { agent: '+525500000001', callerId: '+525500000000', to: '+525555550100' };

describe('what Twilio does once the agent has picked up', () => {
  it('calls the customer, joins the two, and records', () => {
    expect(bridgeTwiml(CONNECTION, { callId: 12, attempt: 2 }, NUMBERS)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Say language="es-MX">Conectando su llamada.</Say>' +
        '<Dial callerId="+525500000000" answerOnBridge="true" timeout="30" record="record-from-answer-dual"' +
        ' recordingStatusCallback="https://crm.example.com/webhooks/twilio/7/recording?callId=12&amp;attempt=2"' +
        ' action="https://crm.example.com/webhooks/twilio/7/dial?callId=12&amp;attempt=2">' +
        '<Number statusCallback="https://crm.example.com/webhooks/twilio/7/status?callId=12&amp;attempt=2" statusCallbackEvent="initiated ringing answered completed">+525555550100</Number>' +
        '</Dial></Response>',
    );
  });

  it("speaks the agent's language", () => {
    expect(bridgeTwiml(CONNECTION, { callId: 12, attempt: 2 }, { ...NUMBERS, agent: '+12025550100' })).toContain('<Say language="en-US">Connecting your call.</Say>');
  });

  it('lets no text of a request become XML', () => {
    expect(bridgeTwiml(CONNECTION, { callId: 12, attempt: 2 }, { ...NUMBERS, to: '</Number><Hangup/>' })).toContain('&lt;/Number&gt;&lt;Hangup/&gt;</Number>');
  });
});
