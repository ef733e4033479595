import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsModule } from '../accounts';
import { ActivityModule } from '../activity';
import { ConnectionsModule } from '../connections';
import { ContactsModule } from '../contacts';
import { OperationsModule } from '../operations';
import { RecordingsModule } from '../recordings';
import { AttemptsRepository } from './attempts.repository';
import { Call } from './call.entity';
import { CallProviders } from './call-providers';
import { CallReports } from './call-reports';
import { CallsApi } from './calls.api';
import { CallsController } from './calls.controller';
import { CallsRepository } from './calls.repository';
import { CallsService } from './calls.service';
import { CancelCall } from './cancel-call';
import { ClaimCalls } from './claim-calls';
import { DialAttempt } from './dial-attempt';
import { Dialer } from './dialer';
import { DialerState } from './dialer-state';
import { DialerTimings } from './dialer-timings';
import { DoNotCallEntry } from './do-not-call-entry.entity';
import { DoNotCallController } from './do-not-call.controller';
import { DoNotCallService } from './do-not-call.service';
import { EraseCalls } from './erase-calls';
import { ExportCalls } from './export-calls';
import { FollowAttempts } from './follow-attempts';
import { HangUp } from './hang-up';
import { LoadRecording } from './load-recording';
import { QueueCalls } from './queue-calls';
import { StartAgentCall } from './start-agent-call';
import { StartBridgeCall } from './start-bridge-call';
import { StartVoiceAgentCalls } from './start-voice-agent-calls';
import { VoiceAgent } from './voice-agent.entity';
import { VoiceAgentsController } from './voice-agents.controller';
import { VoiceAgentsService } from './voice-agents.service';

const STARTING = [QueueCalls, StartAgentCall, StartVoiceAgentCalls, StartBridgeCall, CancelCall, HangUp, LoadRecording];
const DIALING = [CallProviders, DialerTimings, AttemptsRepository, ClaimCalls, DialAttempt, FollowAttempts, CallReports, Dialer, DialerState];

@Module({
  imports: [TypeOrmModule.forFeature([Call, VoiceAgent, DoNotCallEntry]), AccountsModule, ActivityModule, ConnectionsModule, ContactsModule, OperationsModule, RecordingsModule],
  controllers: [CallsController, VoiceAgentsController, DoNotCallController],
  providers: [CallsApi, CallsRepository, CallsService, EraseCalls, ExportCalls, VoiceAgentsService, DoNotCallService, ...STARTING, ...DIALING],
  exports: [CallReports, CallsApi, Dialer],
})
export class CallsModule {}
