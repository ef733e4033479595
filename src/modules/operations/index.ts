/** Reports of bulk work: how they are built, kept and read. */
export { OperationsModule } from './operations.module';
export { type BulkResult, OperationsService } from './operations.service';
export { type BulkCode, type BulkIssue, type BulkReport, ItemLog, reportOf } from './bulk-report';
export { BulkResultDto } from './dto/operation.dto';
