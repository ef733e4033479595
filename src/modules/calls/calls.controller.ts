import { Body, Controller, Get, HttpCode, HttpStatus, Param, Query, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InvalidPageToken, PayloadTooLarge } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { AnswersCsv, sendCsv } from '../../platform/http/send-csv';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { UserNotFound } from '../accounts';
import { ConversationNotFound } from '../conversations';
import { BulkResultDto, InvalidBatch } from '../operations';
import { RecordingDto, RecordingNotFound, RecordingNotReady, TranscriptionDto, TranscriptionNotFound, TranscriptionNotReady } from '../recordings';
import { CancelCall } from './cancel-call';
import { CallEnded, CallNotAllowed, CallNotDialedHere, CallNotFound, ChannelSessionNotFound, NoCallerNumber } from './calls.errors';
import { CallsService } from './calls.service';
import { DialerState } from './dialer-state';
import { CallDto, CallPageDto, CreateCallDto, DispositionsDto, ExportCallsQueryDto, ListCallsQueryDto, LoadRecordingDto } from './dto/call.dto';
import { DialerDto, DialerQueryDto } from './dto/dialer.dto';
import { StartAgentCallDto, StartBridgeCallDto, StartVoiceAgentCallDto, StartVoiceAgentCallsDto } from './dto/start-call.dto';
import { ExportCalls } from './export-calls';
import { LoadRecording } from './load-recording';
import { StartAgentCall } from './start-agent-call';
import { StartBridgeCall } from './start-bridge-call';
import { StartVoiceAgentCalls } from './start-voice-agent-calls';
import { VoiceAgentNotFound } from './voice-agents.errors';

const REFUSALS = [NoCallerNumber, CallNotAllowed];

@Controller()
export class CallsController {
  constructor(
    private readonly calls: CallsService,
    private readonly startAgentCall: StartAgentCall,
    private readonly startVoiceAgentCalls: StartVoiceAgentCalls,
    private readonly startBridgeCall: StartBridgeCall,
    private readonly cancelCall: CancelCall,
    private readonly loadRecording: LoadRecording,
    private readonly exportCalls: ExportCalls,
    private readonly dialerState: DialerState,
  ) {}

  /** Start a call led by an AI agent that is described in the request itself; it is queued, and dialed as soon as a line is free */
  @PostEndpoint('agent-calls', { id: 'StartAgentCall', scope: 'calls:write', errors: [...REFUSALS, UserNotFound] })
  @ApiTags('agent-calls')
  async startAgent(@Ctx() ctx: TenantContext, @Body() body: StartAgentCallDto): Promise<CallDto> {
    return CallDto.from(await this.startAgentCall.execute(ctx, body));
  }

  /** Start a call led by a configured voice agent; it is queued, and dialed as soon as a line is free */
  @PostEndpoint('calls/agent', { id: 'StartVoiceAgentCall', scope: 'calls:write', errors: [...REFUSALS, VoiceAgentNotFound] })
  @ApiTags('calls')
  async startVoiceAgent(@Ctx() ctx: TenantContext, @Body() body: StartVoiceAgentCallDto): Promise<CallDto> {
    return CallDto.from(await this.startVoiceAgentCalls.one(ctx, body));
  }

  /** Start up to 10,000 calls led by one voice agent, with a report exact to the item */
  @PostEndpoint('calls/agent/bulk', { id: 'StartVoiceAgentCalls', scope: 'calls:write', errors: [InvalidBatch, NoCallerNumber, VoiceAgentNotFound, PayloadTooLarge] })
  @RouteConfig({ bulk: true })
  @ApiTags('calls')
  startVoiceAgents(@Ctx() ctx: TenantContext, @Body() body: StartVoiceAgentCallsDto): Promise<BulkResultDto> {
    return this.startVoiceAgentCalls.many(ctx, body);
  }

  /** Start a call that joins two phones: the agent's rings first, then the customer's */
  @PostEndpoint('calls/bridge', { id: 'StartBridgeCall', scope: 'calls:write', errors: REFUSALS })
  @ApiTags('calls')
  async startBridge(@Ctx() ctx: TenantContext, @Body() body: StartBridgeCallDto): Promise<CallDto> {
    return CallDto.from(await this.startBridgeCall.execute(ctx, body));
  }

  /** Record a call that took place elsewhere; dials nothing */
  @PostEndpoint('calls', { id: 'CreateCall', scope: 'calls:write', errors: [UserNotFound, ConversationNotFound, ChannelSessionNotFound] })
  @ApiTags('calls')
  create(@Ctx() ctx: TenantContext, @Body() body: CreateCallDto): Promise<CallDto> {
    return this.calls.create(ctx, body);
  }

  /** List calls, filtered and sorted, in pages */
  @Get('calls')
  @Endpoint({ id: 'GetCalls', scope: 'calls:read', errors: [InvalidPageToken] })
  @ApiTags('calls')
  list(@Ctx() ctx: TenantContext, @Query() query: ListCallsQueryDto): Promise<CallPageDto> {
    return this.calls.list(ctx, query);
  }

  /** Export calls, filtered and sorted as the list, as CSV */
  @Get('calls/export.csv')
  @Endpoint({ id: 'ExportCalls', scope: 'calls:read' })
  @ApiTags('calls')
  @AnswersCsv('A row for each call')
  async export(@Ctx() ctx: TenantContext, @Query() query: ExportCallsQueryDto, @Res() reply: FastifyReply): Promise<void> {
    await sendCsv(reply, 'calls', this.exportCalls.execute(ctx, query));
  }

  /** Get a call by id */
  @Get('calls/:callId')
  @Endpoint({ id: 'GetCall', scope: 'calls:read', errors: [CallNotFound] })
  @ApiTags('calls')
  get(@Ctx() ctx: TenantContext, @Param('callId', IdPipe) id: number): Promise<CallDto> {
    return this.calls.get(ctx, id);
  }

  /** Cancel a call: one that waits at once, one that is on the line by hanging up */
  @PostEndpoint('calls/:callId/cancel', { id: 'CancelCall', scope: 'calls:write', errors: [CallNotFound, CallEnded, CallNotDialedHere] })
  @ApiTags('calls')
  async cancel(@Ctx() ctx: TenantContext, @Param('callId', IdPipe) id: number): Promise<CallDto> {
    return CallDto.from(await this.cancelCall.execute(ctx, id));
  }

  /** Get a call's transcription */
  @Get('calls/:callId/transcription')
  @Endpoint({ id: 'GetCallTranscription', scope: 'calls:read', errors: [CallNotFound, TranscriptionNotFound, TranscriptionNotReady] })
  @ApiTags('calls')
  transcription(@Ctx() ctx: TenantContext, @Param('callId', IdPipe) id: number): Promise<TranscriptionDto> {
    return this.calls.transcription(ctx, id);
  }

  /** Get a call's recording, with a url that is good for a while */
  @Get('calls/:callId/recording')
  @Endpoint({ id: 'GetCallRecording', scope: 'calls:read', errors: [CallNotFound, RecordingNotFound, RecordingNotReady] })
  @ApiTags('calls')
  recording(@Ctx() ctx: TenantContext, @Param('callId', IdPipe) id: number): Promise<RecordingDto> {
    return this.calls.recording(ctx, id);
  }

  /** Load a recording of a call that took place elsewhere; it is fetched in the background, and the Location header names it */
  @HttpCode(HttpStatus.NO_CONTENT) // above, to have the last word
  @PostEndpoint('recordings', { id: 'LoadRecording', scope: 'recordings:write', errors: [UserNotFound] })
  @ApiNoContentResponse({ description: 'Accepted' })
  @ApiTags('recordings')
  async load(@Ctx() ctx: TenantContext, @Body() body: LoadRecordingDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    void reply.header('Location', `/api/v1/recordings/${await this.loadRecording.execute(ctx, body)}`);
  }

  /** Read what the dialer is doing: lines, queue, and why each line is held */
  @Get('dialer')
  @Endpoint({ id: 'GetDialer', scope: 'calls:read' })
  @ApiTags('dialer')
  dialer(@Ctx() ctx: TenantContext, @Query() query: DialerQueryDto): Promise<DialerDto> {
    return this.dialerState.read(ctx, query.provider ?? 'vapi');
  }

  /** Read how calls can end, in one vocabulary over all providers */
  @Get('dispositions')
  @Endpoint({ id: 'GetDispositions', scope: 'calls:read' })
  @ApiTags('calls')
  dispositions(): DispositionsDto {
    return this.calls.dispositions();
  }
}
